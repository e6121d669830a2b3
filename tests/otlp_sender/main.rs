//! The sender over real sockets: what each answer, fault and certificate leads to, and how often it is tried.

mod certificates;
mod exporters;
mod faults;
mod grpc;
mod http;
mod keys;
mod raw;
mod secured;
mod server;
