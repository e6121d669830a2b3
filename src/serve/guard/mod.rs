//! Who may connect, who may ask, and what each sees: TLS, users, tokens, and the files that say so, which are read again
//! when they change. Answers no request.
//!
//! A file that has become bad, or that asks for less than before, changes nothing: what was last good stays in force.

mod clients;
mod file;
mod login;
mod strictness;
mod tls;
mod tokens;
mod users;
mod view;
mod watch;

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use ring::{hmac, rand::SystemRandom};
use rustls::ServerConfig;
use tokio::sync::Mutex;

use crate::config::{self, Sight, Token};
use file::{Headers, WebFile};
use strictness::Strictness;
use tokens::Tokens;
use users::{Queue, Users};
use watch::{Reader, Stamps};

pub(super) use login::{Admission, Viewer};
pub(super) use view::View;

/// Files are looked at this often, at most, and only while somebody connects or asks.
const LOOK_EVERY: Duration = Duration::from_secs(1);

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("web configuration: {0}")]
    Wrong(String),
    #[error("{}:{line}:{column}: {problem}", path.display())]
    File { path: PathBuf, line: u64, column: u64, problem: String },
    #[error("web configuration: {0} are asked for no more, which takes a restart")]
    Weaker(&'static str),
    #[error("web configuration: the machine gives no random numbers")]
    Random,
}

/// Shared by all connections.
pub struct Guard {
    given: Given,
    look_every: Duration,
    current: ArcSwap<Rules>,
    watch: Arc<Mutex<Watch>>,
    queue: Queue,
}

/// What stays as it is while the process runs.
struct Given {
    file: Option<PathBuf>,
    tokens: Vec<Token>,
    sights: BTreeMap<String, Arc<Sight>>,
    open_probes: bool,
}

/// What the files say, as it is in force.
pub(super) struct Rules {
    tls: Option<tls::Tls>,
    pub(super) headers: Headers,
    users: Arc<Users>,
    tokens: Tokens,
}

struct Watch {
    looked: Instant,
    /// Of the last attempt, good or bad.
    stamps: Stamps,
}

impl Guard {
    /// Reads all that `web` names.
    ///
    /// # Errors
    /// What is wrong with it, and where; never with a secret.
    pub fn open(web: &config::Web) -> Result<Self, Error> {
        let given = Given {
            file: web.config_file.clone(),
            tokens: web.tokens.clone(),
            sights: web.users.iter().map(|(name, sight)| (name.clone(), Arc::new(sight.clone()))).collect(),
            open_probes: web.open_probes,
        };
        let mut reader = Reader::default();
        let rules = given.read(&mut reader)?;
        given.check_names(&rules)?;
        let watch = Watch { looked: Instant::now(), stamps: reader.stamps };
        Ok(Self {
            given,
            look_every: LOOK_EVERY,
            current: ArcSwap::from_pointee(rules),
            watch: Arc::new(Mutex::new(watch)),
            queue: Queue::new(),
        })
    }

    /// Looks at the files each time, rather than once in a second.
    #[must_use]
    pub fn without_delay(self) -> Self {
        Self { look_every: Duration::ZERO, ..self }
    }

    /// Whether connections are over TLS, and whether requests need a login, as it was at the last look.
    pub fn asks_for(&self) -> (bool, bool) {
        let rules = self.current.load();
        (rules.tls.is_some(), rules.asks_for_login())
    }

    /// The rules in force, after a look at the files if one is due. Whoever comes during that look does not wait for it.
    pub(super) async fn rules(self: &Arc<Self>) -> Arc<Rules> {
        if let Ok(mut watch) = Arc::clone(&self.watch).try_lock_owned()
            && !watch.stamps.is_empty()
            && watch.looked.elapsed() >= self.look_every
        {
            let guard = Arc::clone(self);
            // Files may be on a network.
            let looked = tokio::task::spawn_blocking(move || guard.look(&mut watch));
            if let Err(error) = looked.await {
                tracing::error!(%error, "the files of the web configuration could not be looked at; this is a bug");
            }
        }
        self.current.load_full()
    }

    /// Reads the files again if one of them looks different.
    fn look(&self, watch: &mut Watch) {
        watch.looked = Instant::now();
        let seen = watch::look_again(&watch.stamps);
        if seen == watch.stamps {
            return;
        }
        let mut reader = Reader::default();
        let read = self.given.read(&mut reader).and_then(|rules| {
            self.current.load().strictness().check(rules.strictness())?;
            Ok(rules)
        });
        match read {
            Ok(rules) => {
                tracing::info!("the files of the web configuration changed and were read again");
                self.current.store(Arc::new(rules));
                watch.stamps = reader.stamps;
            }
            Err(error) => {
                tracing::error!(%error, "the files of the web configuration changed and cannot be used; what they said before stays in force");
                // Those that were not come to are remembered too, so that the same state is told of once.
                watch.stamps = seen;
                watch.stamps.extend(reader.stamps);
            }
        }
    }
}

impl Given {
    fn read(&self, reader: &mut Reader) -> Result<Rules, Error> {
        let key = || hmac::Key::generate(hmac::HMAC_SHA256, &SystemRandom::new()).map_err(|_| Error::Random);
        let (mut tls, mut headers, mut users) = (None, Headers::new(), BTreeMap::new());
        if let Some(path) = &self.file {
            let text = reader.read_text(path).map_err(Error::Wrong)?;
            let parsed = WebFile::parse(&text).map_err(|problem| Error::File {
                path: path.clone(),
                line: problem.line,
                column: problem.column,
                problem: problem.text,
            })?;
            let wrong = |problem| Error::Wrong(format!("{}: {problem}", path.display()));
            parsed.check_rate_limit().map_err(wrong)?;
            headers = parsed.headers().map_err(wrong)?;
            users = parsed.users();
            let directory = path.parent().unwrap_or(path);
            let section = parsed.tls();
            tls = section.map(|section| tls::build(section, directory, reader)).transpose().map_err(wrong)?;
        }
        Ok(Rules {
            tls,
            headers,
            users: Arc::new(Users::new(users, key()?).map_err(Error::Wrong)?),
            tokens: Tokens::read(&self.tokens, key()?, reader).map_err(Error::Wrong)?,
        })
    }

    /// A name that nobody can have is a slip, and a name that two have would be given the sight of both.
    fn check_names(&self, rules: &Rules) -> Result<(), Error> {
        let users: Vec<&str> = rules.users.names().collect();
        if let Some(name) = rules.tokens.names().find(|name| users.contains(name)) {
            return Err(Error::Wrong(format!("{name} is the name of a token and of a user; change one")));
        }
        let known = |name: &str| users.contains(&name) || rules.tokens.names().any(|token| token == name);
        match self.sights.keys().find(|name| !known(name)) {
            Some(name) => Err(Error::Wrong(format!(
                "web.users names {name:?}, which is no user of basic_auth_users and no token"
            ))),
            None => Ok(()),
        }
    }
}

impl Rules {
    pub(super) fn tls(&self) -> Option<&Arc<ServerConfig>> {
        self.tls.as_ref().map(|tls| &tls.server)
    }

    fn asks_for_login(&self) -> bool {
        !self.users.is_empty() || !self.tokens.is_empty()
    }

    fn strictness(&self) -> Strictness {
        Strictness {
            tls: self.tls.is_some(),
            clients: self.tls.as_ref().map_or(clients::ClientAuth::None, |tls| tls.clients),
            names: self.tls.as_ref().is_some_and(|tls| tls.names),
            login: self.asks_for_login(),
        }
    }
}

/// For `--config.check`; nothing if nothing is asked for.
impl fmt::Display for Guard {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rules = self.current.load();
        if self.given.file.is_none() && !rules.asks_for_login() {
            return Ok(());
        }
        match &rules.tls {
            Some(tls) => writeln!(formatter, "TLS, certificates of clients: {}", tls.clients)?,
            None => writeln!(formatter, "no TLS")?,
        }
        let names = |names: &mut dyn Iterator<Item = &str>| names.collect::<Vec<_>>().join(", ");
        if !rules.asks_for_login() {
            return writeln!(formatter, "no login");
        }
        let (users, tokens) = (names(&mut rules.users.names()), names(&mut rules.tokens.names()));
        writeln!(formatter, "login as user [{users}] or with token [{tokens}]")
    }
}

/// Without anything that it guards.
impl fmt::Debug for Guard {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Guard").finish_non_exhaustive()
    }
}
