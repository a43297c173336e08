//! What this crate says of the set-ups that real servers are started with.

use std::fs;
use std::path::Path;

use aggcert::lint::rules::find;
use aggcert::lint::{Beside, Context, Finding, Outcome, Severity, Target};
use aggcert::model::{Authentication, Decision, Lookup, Objects, Request, Setup, Startup, start};
use aggcert::source::formats::flags;
use aggcert::x509::{Certificate, pem};
use time::{Duration, OffsetDateTime};

use crate::harness::Client;

/// A server with these arguments, which runs in `directory`, of a version such as `v1.37.2`.
pub(crate) fn setup(arguments: &[String], directory: &Path, version: &str) -> Setup {
    let version = Some(version.parse().unwrap());
    let lookup = Lookup { root: Some(directory.into()), certain: true, version, ..Lookup::default() };
    Setup::load(flags::invocation(arguments), &lookup)
}

pub(crate) fn startup(setup: &Setup) -> Startup {
    start(setup, setup.version())
}

/// What becomes of a request.
pub(crate) fn decision(setup: &Setup, client: Option<&Client>, headers: &[(String, String)]) -> Decision {
    let certificates = client.map(|client| certificates(&client.certificate)).unwrap_or_default();
    let request = Request { certificates, headers: headers.to_vec() };
    Authentication::of(setup).unwrap().authenticate(&request, OffsetDateTime::now_utc())
}

fn certificates(path: &Path) -> Vec<Certificate> {
    let bytes = fs::read(path).unwrap();
    let blocks = pem::blocks(&bytes).filter(|block| block.label == "CERTIFICATE");
    blocks.map(|block| Certificate::from_der(&block.contents).unwrap()).collect()
}

/// The errors that a rule finds.
pub(crate) fn errors(rule: &str, target: Target<'_>, beside: &[Target<'_>]) -> Vec<Finding> {
    let rule = find(rule).unwrap_or_else(|| panic!("there is no rule {rule}"));
    let beside = &Beside::of(beside.iter().copied());
    let context = Context::new(beside, Objects::NONE, OffsetDateTime::now_utc(), Duration::days(30));
    match rule.judge(target, &context) {
        Some(Outcome::Fail(findings)) => {
            findings.into_iter().filter(|finding| finding.severity == Severity::Error).collect()
        }
        _ => Vec::new(),
    }
}
