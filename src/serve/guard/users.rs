//! Users and their passwords. A comparison takes long by intent: it runs beside the server's own work, one at a time, and
//! few may wait for it. A login that was right is remembered.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use ring::hmac;
use tokio::sync::Semaphore;

/// Each step doubles the time. At 16 a comparison takes seconds, and a shutdown would wait for it.
const HIGHEST_COST: u32 = 16;
/// Logins that wait for a comparison; at the usual cost of 10, the last of them for about half a second.
const MOST_WAITING: usize = 8;

/// The users of one state of the file. What is remembered of logins is forgotten with it.
pub(super) struct Users {
    hashes: BTreeMap<String, String>,
    key: hmac::Key,
    /// Of each user the last login that was right, as a keyed hash: one for each user at most.
    verified: Mutex<BTreeMap<String, hmac::Tag>>,
}

/// Bounds the comparisons, whatever the state of the file.
pub(super) struct Queue {
    waiting: Arc<Semaphore>,
    comparing: Arc<Semaphore>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Right,
    Wrong,
    /// It was not looked at, since too many others are.
    Busy,
}

impl Queue {
    pub(super) fn new() -> Self {
        Self { waiting: Arc::new(Semaphore::new(MOST_WAITING)), comparing: Arc::new(Semaphore::new(1)) }
    }
}

impl Users {
    /// # Errors
    /// If a hash is not of bcrypt, or costs too much to compare with. Names the user, not the hash.
    pub(super) fn new(hashes: BTreeMap<String, String>, key: hmac::Key) -> Result<Self, String> {
        for (user, hash) in &hashes {
            let problem = match cost(hash) {
                None => "is not a bcrypt hash, as `htpasswd -nBC 10 \"\"` prints it".to_owned(),
                Some(cost) if !(4..=HIGHEST_COST).contains(&cost) => {
                    format!("has a cost of {cost}; it must be from 4 to {HIGHEST_COST}")
                }
                Some(_) => continue,
            };
            return Err(format!("basic_auth_users: what is given for {} {problem}", shown(user)));
        }
        Ok(Self { hashes, key, verified: Mutex::default() })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.hashes.is_empty()
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.hashes.keys().map(String::as_str)
    }

    /// Takes as long for a user that there is not as for one that there is.
    pub(super) async fn verify(self: Arc<Self>, queue: &Queue, user: &str, password: &[u8]) -> Verdict {
        let login = self.login(user, password);
        if self.remembers(user, &login) {
            return Verdict::Right;
        }
        let Ok(waiting) = Arc::clone(&queue.waiting).try_acquire_owned() else { return Verdict::Busy };
        let comparing = Arc::clone(&queue.comparing).acquire_owned().await.expect("it is never closed");
        let (user, password) = (user.to_owned(), password.to_vec());
        // The permits go with the comparison: it goes on if the client hangs up.
        let compared = tokio::task::spawn_blocking(move || {
            let right = self.compare(&user, &password);
            drop((waiting, comparing));
            if right {
                let tag = hmac::sign(&self.key, &login);
                self.verified.lock().unwrap_or_else(PoisonError::into_inner).insert(user, tag);
            }
            right
        });
        match compared.await {
            Ok(true) => Verdict::Right,
            Ok(false) | Err(_) => Verdict::Wrong,
        }
    }

    /// What is hashed to remember a login: no two logins give the same.
    fn login(&self, user: &str, password: &[u8]) -> Vec<u8> {
        [&user.len().to_le_bytes()[..], user.as_bytes(), password].concat()
    }

    fn remembers(&self, user: &str, login: &[u8]) -> bool {
        let verified = self.verified.lock().unwrap_or_else(PoisonError::into_inner).get(user).copied();
        verified.is_some_and(|tag| hmac::verify(&self.key, login, tag.as_ref()).is_ok())
    }

    fn compare(&self, user: &str, password: &[u8]) -> bool {
        let known = self.hashes.get(user);
        let costliest = || self.hashes.values().max_by_key(|hash| cost(hash));
        let Some(hash) = known.or_else(costliest) else { return false };
        let equal = bcrypt::verify(password, hash).unwrap_or(false);
        equal && known.is_some()
    }
}

/// A user by name, unless it may be a hash that has changed places with its user.
fn shown(user: &str) -> String {
    if user.contains('$') {
        "a user who is not named, for the dollar in the name,".into()
    } else {
        format!("{user:?}")
    }
}

/// The cost of a hash in bcrypt's modular form: `$2b$10$` and 53 characters. `None` if it is none.
fn cost(hash: &str) -> Option<u32> {
    let (version, rest) = hash.strip_prefix("$2")?.split_once('$')?;
    let (cost, rest) = rest.split_once('$')?;
    let plain = |character: u8| character.is_ascii_alphanumeric() || b"./".contains(&character);
    let whole = matches!(version, "a" | "b" | "x" | "y")
        && cost.len() == 2
        && rest.len() == 53
        && rest.bytes().all(plain)
        && hash.parse::<bcrypt::HashParts>().is_ok();
    whole.then(|| cost.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use ring::rand::SystemRandom;

    use super::*;

    fn users(given: &[(&str, &str)]) -> Result<Users, String> {
        let key = hmac::Key::generate(hmac::HMAC_SHA256, &SystemRandom::new()).unwrap();
        Users::new(given.iter().map(|(user, hash)| ((*user).to_owned(), (*hash).to_owned())).collect(), key)
    }

    fn one(password: &str) -> Arc<Users> {
        Arc::new(users(&[("ann", &bcrypt::hash(password, 4).unwrap())]).unwrap())
    }

    #[test]
    fn what_is_no_bcrypt_hash_is_refused_by_user_and_not_shown() {
        let good = bcrypt::hash("x", 4).unwrap();
        let long = format!("{good}x");
        let costly = good.replacen("$04$", "$17$", 1);
        let cheap = good.replacen("$04$", "$03$", 1);
        for (hash, problem) in [
            ("", "is not a bcrypt hash"),
            ("hunter2", "is not a bcrypt hash"),
            ("$apr1$hunter2$hunter2", "is not a bcrypt hash"),
            ("$2b$", "is not a bcrypt hash"),
            (&good[..59], "is not a bcrypt hash"),
            (&long, "is not a bcrypt hash"),
            (&costly, "has a cost of 17; it must be from 4 to 16"),
            (&cheap, "has a cost of 3; it must be from 4 to 16"),
        ] {
            let error = users(&[("ann", hash)]).err().unwrap();
            assert!(error.starts_with("basic_auth_users: what is given for \"ann\" "), "{error}");
            assert!(error.contains(problem), "{hash}: {error}");
            assert!(hash.is_empty() || !error.contains(hash), "{error}");
        }
    }

    #[test]
    fn a_hash_in_the_place_of_its_user_is_not_shown() {
        let hash = bcrypt::hash("x", 4).unwrap();
        let error = users(&[(&hash, "ann")]).err().unwrap();
        assert!(error.contains("is not a bcrypt hash") && !error.contains('$'), "{error}");
    }

    #[tokio::test]
    async fn the_right_password_of_the_right_user_alone_is_right_and_remembered() {
        let users = one("secret");
        let queue = Queue::new();
        let verify = async |user: &str, password: &[u8]| users.clone().verify(&queue, user, password).await;
        assert_eq!(verify("ann", b"wrong").await, Verdict::Wrong);
        assert_eq!(verify("bob", b"secret").await, Verdict::Wrong);
        assert_eq!(verify("", b"").await, Verdict::Wrong);
        assert!(!users.remembers("ann", &users.login("ann", b"secret")));
        assert_eq!(verify("ann", b"secret").await, Verdict::Right);
        assert!(users.remembers("ann", &users.login("ann", b"secret")));
        assert!(!users.remembers("ann", &users.login("ann", b"secre")));
        assert_eq!(verify("ann", b"wrong").await, Verdict::Wrong);
        assert_eq!(verify("ann", b"secret").await, Verdict::Right);
    }

    #[tokio::test]
    async fn a_remembered_login_is_right_while_all_comparisons_are_taken_by_others() {
        let users = one("secret");
        let queue = Queue::new();
        assert_eq!(users.clone().verify(&queue, "ann", b"secret").await, Verdict::Right);
        let _taken = queue.comparing.acquire().await.unwrap();
        let _full = queue.waiting.acquire_many(MOST_WAITING as u32).await.unwrap();
        assert_eq!(users.clone().verify(&queue, "ann", b"wrong").await, Verdict::Busy);
        assert_eq!(users.clone().verify(&queue, "ann", b"secret").await, Verdict::Right);
    }

    #[tokio::test]
    async fn without_users_every_login_is_wrong() {
        let users = Arc::new(users(&[]).unwrap());
        assert_eq!(users.verify(&Queue::new(), "ann", b"x").await, Verdict::Wrong);
    }
}
