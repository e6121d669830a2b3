//! How much the files ask of whoever connects, so that a file cut short by accident never opens the server. Pure.

use super::Error;
use super::clients::ClientAuth;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Strictness {
    pub(super) tls: bool,
    pub(super) clients: ClientAuth,
    pub(super) names: bool,
    pub(super) login: bool,
}

impl Strictness {
    /// # Errors
    /// If `next` no longer asks for something that this does.
    pub(super) fn check(self, next: Self) -> Result<(), Error> {
        if self.tls && !next.tls {
            return Err(Error::Weaker("TLS connections"));
        }
        if self.login && !next.login {
            return Err(Error::Weaker("logins"));
        }
        if next.clients < self.clients {
            return Err(Error::Weaker("certificates of clients in the same strictness"));
        }
        if self.names && !next.names {
            return Err(Error::Weaker("names in certificates of clients"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_may_be_asked_for_and_nothing_less() {
        let open = Strictness { tls: false, clients: ClientAuth::None, names: false, login: false };
        let strict =
            Strictness { tls: true, clients: ClientAuth::RequireAndVerify, names: true, login: true };
        assert!(open.check(strict).is_ok() && strict.check(strict).is_ok() && open.check(open).is_ok());
        for (next, what) in [
            (Strictness { tls: false, ..strict }, "TLS"),
            (Strictness { login: false, ..strict }, "logins"),
            (Strictness { clients: ClientAuth::RequireAny, ..strict }, "certificates"),
            (Strictness { names: false, ..strict }, "names"),
        ] {
            let error = strict.check(next).unwrap_err().to_string();
            assert!(error.contains(what) && error.ends_with("which takes a restart"), "{error}");
        }
    }
}
