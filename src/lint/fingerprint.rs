//! What tells a finding from others, and stays the same when lines move.

use crate::source::BaseDirectory;
use crate::x509::hex;

use super::{Finding, Judgement, Rule};

/// A hash of the rule, the file, the set-up's name in it, and what the rule says identifies the finding. Two findings
/// of one set-up may have the same.
///
/// The baseline keeps it, and SARIF's `partialFingerprints` carry it.
pub fn fingerprint(base: &BaseDirectory, judgement: &Judgement, rule: &Rule, finding: &Finding) -> String {
    // What spans several documents is named by their number, which is no identity.
    let name = if judgement.format.is_some() { judgement.name.as_str() } else { "" };
    of_target(base, judgement.kind, name, rule, finding)
}

/// The same, by the kind and the name of what the finding is about.
pub(super) fn of_target(base: &BaseDirectory, kind: &str, name: &str, rule: &Rule, finding: &Finding) -> String {
    let path = base.display(finding.origin.file().name());
    let fixed = [rule.id, &path, kind, name];
    let mut context = ring::digest::Context::new(&ring::digest::SHA256);
    for part in fixed.into_iter().chain(finding.identity.iter().map(String::as_str)) {
        // The length goes first, so that parts cannot run into each other.
        context.update(&(part.len() as u64).to_be_bytes());
        context.update(part.as_bytes());
    }
    // Half of SHA-256 is plenty for telling findings apart, and short enough to read in a diff.
    hex(context.finish().as_ref().first_chunk::<16>().map_or(&[], |half| half.as_slice()))
}
