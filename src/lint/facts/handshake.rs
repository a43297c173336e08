//! What servers showed when they were asked themselves.

use crate::model::{Cause, Reason};
use crate::source::{Handshake, NotAsked};

/// Why nothing is known of a server. What a right stands in the way of has one cause for all servers.
pub(crate) fn not_asked(handshake: &Handshake, lack: &NotAsked) -> Reason {
    let needs = lack.needs.clone().map(String::into_boxed_str);
    let why = match needs {
        Some(_) => "the API does not lead this account to servers that cannot be reached from here".to_owned(),
        None => format!("it was not asked: {}", lack.why),
    };
    let server = &handshake.server;
    Reason::new(Cause::NotCollected { why, needs }).about(&server.value).at(&server.origin)
}
