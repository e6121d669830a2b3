//! The HTTP server over real sockets. The contents of the pages are the test `exposition`.

#![allow(unreachable_pub, reason = "the modules of a test are its own")]

mod answers;
mod bounds;
mod logins;
mod refusals;
mod reload;
mod secured;
mod server;
mod tls;
