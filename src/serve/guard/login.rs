//! Decides who sends a request, by its `Authorization` header, and whether to let them in.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyper::header::{AUTHORIZATION, HeaderMap, HeaderValue};

use super::users::Verdict;
use super::{Guard, Rules};
use crate::config::{Patterns, Sight};

/// Somebody who was let in, and what they see; `None` is everything.
#[derive(Debug, Clone)]
pub(in crate::serve) struct Viewer {
    pub(super) sight: Option<Arc<Sight>>,
}

#[derive(Debug)]
pub(in crate::serve) enum Admission {
    Admitted(Viewer),
    /// Without a login, or with a wrong one; with the challenges to answer with.
    Unknown(Vec<HeaderValue>),
    /// Logged in, but nothing is said of what they may see.
    Forbidden,
    /// Too many logins are being looked at.
    Busy,
}

impl Viewer {
    /// Who asks for a page that is open to all, where it makes no difference who asks.
    pub(in crate::serve) fn nobody() -> Self {
        Self { sight: Some(Arc::new(Sight::Tenants(Patterns::default()))) }
    }

    /// Whether they may see what is no tenant's, or act on the server.
    pub(in crate::serve) fn sees_everything(&self) -> bool {
        !matches!(self.sight.as_deref(), Some(Sight::Tenants(_)))
    }
}

impl Guard {
    /// Whether a request for a health page is let in as it is.
    pub(in crate::serve) fn has_open_probes(&self) -> bool {
        self.given.open_probes
    }

    pub(in crate::serve) async fn admit(&self, rules: &Rules, headers: &HeaderMap) -> Admission {
        if !rules.asks_for_login() {
            return Admission::Admitted(Viewer { sight: None });
        }
        let mut given = headers.get_all(AUTHORIZATION).iter();
        let (Some(value), None) = (given.next(), given.next()) else { return unknown(rules) };
        let name = match Credentials::parse(value) {
            Some(Credentials::Bearer(token)) => rules.tokens.name_of(token).map(str::to_owned),
            Some(Credentials::Basic { user, password }) if !rules.users.is_empty() => {
                match Arc::clone(&rules.users).verify(&self.queue, &user, &password).await {
                    Verdict::Right => Some(user),
                    Verdict::Wrong => None,
                    Verdict::Busy => return Admission::Busy,
                }
            }
            Some(Credentials::Basic { .. }) | None => None,
        };
        match name {
            Some(name) => self.sight_of(&name),
            None => unknown(rules),
        }
    }

    fn sight_of(&self, name: &str) -> Admission {
        match self.given.sights.get(name) {
            Some(sight) => Admission::Admitted(Viewer { sight: Some(Arc::clone(sight)) }),
            None if self.given.sights.is_empty() => Admission::Admitted(Viewer { sight: None }),
            None => Admission::Forbidden,
        }
    }
}

fn unknown(rules: &Rules) -> Admission {
    let basic = (!rules.users.is_empty()).then_some("Basic realm=\"cloacina-exporter\", charset=\"UTF-8\"");
    let bearer = (!rules.tokens.is_empty()).then_some("Bearer realm=\"cloacina-exporter\"");
    Admission::Unknown([basic, bearer].into_iter().flatten().map(HeaderValue::from_static).collect())
}

enum Credentials<'a> {
    Basic { user: String, password: Vec<u8> },
    Bearer(&'a [u8]),
}

impl<'a> Credentials<'a> {
    fn parse(value: &'a HeaderValue) -> Option<Self> {
        let value = value.as_bytes();
        let blank = value.iter().position(|byte| *byte == b' ')?;
        let (scheme, rest) = value.split_at(blank);
        let rest = rest.trim_ascii();
        if scheme.eq_ignore_ascii_case(b"Bearer") {
            return Some(Self::Bearer(rest));
        }
        if !scheme.eq_ignore_ascii_case(b"Basic") {
            return None;
        }
        let login = STANDARD.decode(rest).ok()?;
        let colon = login.iter().position(|byte| *byte == b':')?;
        let user = String::from_utf8(login[..colon].to_vec()).ok()?;
        Some(Self::Basic { user, password: login[colon + 1..].to_vec() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn basic(value: &str) -> Option<(String, Vec<u8>)> {
        match Credentials::parse(&HeaderValue::from_str(value).unwrap())? {
            Credentials::Basic { user, password } => Some((user, password)),
            Credentials::Bearer(_) => None,
        }
    }

    #[test]
    fn a_password_may_hold_colons_and_a_scheme_is_in_any_case() {
        let login = |user: &str, password: &[u8]| Some((user.to_owned(), password.to_vec()));
        assert_eq!(basic(&format!("bAsIc {}", STANDARD.encode("ann:a:b"))), login("ann", b"a:b"));
        assert_eq!(basic(&format!("Basic  {} ", STANDARD.encode(b"ann:\xff"))), login("ann", b"\xff"));
        assert_eq!(basic(&format!("Basic {}", STANDARD.encode(":"))), login("", b""));
    }

    #[test]
    fn what_is_no_login_is_none() {
        for value in
            ["", "Basic", "Basic ", "Basic !!", "Basic YW5u", "Digest YTpi", "YTpi", " ", "Basic /zph"]
        {
            assert_eq!(basic(value), None, "{value:?}");
        }
    }
}
