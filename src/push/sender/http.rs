//! What an answer over HTTP means, by its status and body. Pure.

use prost::Message as _;

use super::answer::{Answer, Status, accepted, refused};
use super::failure::Refusal;
use super::request::Accepted;
use crate::config::Signal;

pub fn judge(answer: &Answer, signal: Signal) -> Result<Accepted, Refusal> {
    if answer.status.is_success() {
        return accepted(&answer.body, signal)
            .map_err(|_| Refusal::unreadable(format!("the answer {} is not OTLP", answer.status.as_u16())));
    }
    // Only a status message is a text; a page in HTML does not decode.
    let said = Status::decode(&answer.body[..]).map(|status| status.message).unwrap_or_default();
    Err(refused(answer, said))
}
