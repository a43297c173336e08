//! The answer as JSON, in a form that stays.

use std::collections::BTreeMap;
use std::io::Write;

use serde::Serialize;

use super::{Answer, Explanation};
use crate::model::{AuthenticatorKind, Startup, Step, User, Verdict};
use crate::text::rfc3339;
use crate::x509::Certificate;
use crate::x509::path::{Attempt, Outcome, Pool};

#[derive(Serialize)]
struct Document<'a> {
    schema_version: u32,
    /// `null`: it could not be told.
    starts: Option<bool>,
    refusal: Option<&'a str>,
    /// `null`: it could not be told. Anonymous is nobody.
    authenticated: Option<bool>,
    authenticator: Option<&'static str>,
    user: Option<UserDocument<'a>>,
    steps: Vec<StepDocument<'a>>,
    /// What to run next, where the client is nobody.
    next: Vec<NextDocument<'a>>,
}

#[derive(Serialize)]
struct NextDocument<'a> {
    why: &'a str,
    command: &'a str,
}

#[derive(Serialize)]
struct UserDocument<'a> {
    username: &'a str,
    uid: &'a str,
    groups: &'a [String],
    extra: &'a BTreeMap<String, Vec<String>>,
}

#[derive(Serialize)]
struct StepDocument<'a> {
    authenticator: &'static str,
    verdict: &'static str,
    reason: Option<&'a str>,
    chains: Vec<Vec<CertificateDocument>>,
    attempts: Vec<AttemptDocument>,
}

#[derive(Serialize)]
struct AttemptDocument {
    /// 1 for a parent of the client's certificate.
    depth: usize,
    candidate: CertificateDocument,
    from: &'static str,
    outcome: &'static str,
    reason: Option<String>,
}

#[derive(Serialize)]
struct CertificateDocument {
    subject: String,
    issuer: String,
    sha256: String,
    not_before: String,
    not_after: String,
}

pub(super) fn write(answer: &Answer<'_>, out: &mut dyn Write) -> anyhow::Result<()> {
    crate::text::json::write_pretty(&mut *out, &document(answer))?;
    writeln!(out)?;
    Ok(())
}

fn document<'a>(answer: &'a Answer<'_>) -> Document<'a> {
    let refusal = match &answer.startup {
        Startup::Refuses(refusal) => Some(refusal.message.as_str()),
        _ => None,
    };
    let decision = answer.decision.as_ref().ok();
    let steps = match (refusal, &answer.decision) {
        (Some(_), _) => Vec::new(),
        (None, Err(why)) => vec![StepDocument::without_chain("setup", "unknown", why)],
        (None, Ok(decision)) => match &decision.handshake_failure {
            Some(failure) => vec![StepDocument::without_chain("tls", "refused", failure)],
            None => {
                let explained = decision.steps.iter().zip(&answer.explanations);
                explained.map(|(step, explanation)| StepDocument::of(step, explanation)).collect()
            }
        },
    };
    Document {
        schema_version: 1,
        starts: answer.is_starting(),
        refusal,
        authenticated: answer.is_authenticated(),
        authenticator: decision.and_then(|decision| decision.authenticator).map(name),
        user: decision.and_then(|decision| decision.user.as_ref()).map(UserDocument::of),
        steps,
        next: answer.next.iter().map(|next| NextDocument { why: &next.why, command: &next.command }).collect(),
    }
}

impl<'a> UserDocument<'a> {
    fn of(user: &'a User) -> Self {
        let User { username, uid, groups, extra } = user;
        Self { username, uid, groups, extra }
    }
}

impl<'a> StepDocument<'a> {
    fn of(step: &'a Step, explanation: &Explanation) -> Self {
        let (verdict, reason) = match &step.verdict {
            Verdict::Authenticated(_) => ("authenticated", None),
            Verdict::NoOpinion(why) => ("no_opinion", Some(why.as_str())),
            Verdict::Refused(why) => ("refused", Some(why.as_str())),
            Verdict::Unknown(why) => ("unknown", Some(why.as_str())),
        };
        Self {
            authenticator: name(step.authenticator),
            verdict,
            reason,
            chains: step.chains.iter().map(|chain| chain.iter().map(CertificateDocument::of).collect()).collect(),
            attempts: explanation.attempts.iter().map(AttemptDocument::of).collect(),
        }
    }

    fn without_chain(authenticator: &'static str, verdict: &'static str, reason: &'a str) -> Self {
        Self { authenticator, verdict, reason: Some(reason), chains: Vec::new(), attempts: Vec::new() }
    }
}

impl AttemptDocument {
    fn of(attempt: &Attempt) -> Self {
        let (outcome, reason) = match &attempt.outcome {
            Outcome::Accepted => ("accepted", None),
            Outcome::Refused(reason) => ("refused", Some(reason.to_string())),
            Outcome::AlreadyInChain => ("already_in_chain", None),
            Outcome::LimitReached => ("limit_reached", None),
            _ => ("unknown_key", None),
        };
        let from = match attempt.pool {
            Pool::Roots => "bundle",
            Pool::Intermediates => "client",
        };
        let candidate = CertificateDocument::of(&attempt.candidate);
        Self { depth: attempt.depth, candidate, from, outcome, reason }
    }
}

impl CertificateDocument {
    fn of(certificate: &Certificate) -> Self {
        Self {
            subject: certificate.subject.to_string(),
            issuer: certificate.issuer.to_string(),
            sha256: certificate.fingerprint(),
            not_before: rfc3339(certificate.not_before),
            not_after: rfc3339(certificate.not_after),
        }
    }
}

fn name(authenticator: AuthenticatorKind) -> &'static str {
    match authenticator {
        AuthenticatorKind::RequestHeader => "requestheader",
        AuthenticatorKind::X509 => "x509",
        AuthenticatorKind::Token => "token",
        AuthenticatorKind::Anonymous => "anonymous",
    }
}
