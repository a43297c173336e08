//! Why an authenticator said what it said: the chain of certificates, or the point where it ends.

use time::OffsetDateTime;

use crate::model::{
    AllowedNames, Authentication, AuthenticatorKind, FileFlag, Request, RequestHeaderConfig, Setup, Step, TrustBundle,
    Verdict,
};
use crate::x509::path::{self, Attempt, ChainRefusal, Outcome, Pool, Trace, VerificationError};
use crate::x509::{Certificate, CertificatePool, Chain};

/// What stands below a step.
#[derive(Debug, Default)]
pub(super) struct Explanation {
    /// Lines of a drawing, plain.
    pub lines: Vec<String>,
    /// The candidates for parents that were tried, when no chain was accepted.
    pub attempts: Vec<Attempt>,
    /// What to do about it.
    pub advice: Option<String>,
}

impl Explanation {
    pub(super) fn of(
        step: &Step,
        authentication: &Authentication,
        setup: &Setup,
        request: &Request,
        now: OffsetDateTime,
    ) -> Self {
        let (roots, file) = match step.authenticator {
            AuthenticatorKind::RequestHeader => {
                (authentication.request_header.as_ref().map(|config| &config.client_ca), &setup.requestheader_client_ca)
            }
            AuthenticatorKind::X509 => (authentication.client_ca.as_ref(), &setup.client_ca),
            AuthenticatorKind::Token | AuthenticatorKind::Anonymous => return Self::default(),
        };
        let (Some(roots), Some((leaf, sent))) = (roots, request.certificates.split_first()) else {
            return Self::default();
        };
        let bundle = bundle_name(file);
        if let Some((first, others)) = step.chains.split_first() {
            let mut explanation = Self { lines: draw_chain(first, &bundle), ..Self::default() };
            if !others.is_empty() {
                explanation.lines.push(format!("(and {} more such chains)", others.len()));
            }
            if let (AuthenticatorKind::RequestHeader, Some(config)) =
                (step.authenticator, &authentication.request_header)
            {
                explanation.explain_name_and_headers(step, config, leaf);
            }
            return explanation;
        }
        let (result, trace) = path::verify_with_trace(leaf, roots, &CertificatePool::new(sent.iter().cloned()), now);
        match result {
            Ok(_) => Self::default(),
            Err(error) => {
                let role = match step.authenticator {
                    AuthenticatorKind::RequestHeader => "a front proxy",
                    _ => "a user",
                };
                Self::of_refusal(&Search { role, leaf, sent, roots, bundle }, &error, trace)
            }
        }
    }

    fn of_refusal(search: &Search<'_>, error: &VerificationError, trace: Trace) -> Self {
        let mut lines = vec![described(search.leaf)];
        lines.extend(trace.attempts.iter().map(|attempt| search.draw_attempt(attempt)));
        lines.extend(trace.refused_chains.iter().map(|(chain, refusal)| draw_refused_chain(chain, refusal)));
        let mut advice = advice(error);
        if let VerificationError::UnknownAuthority { certificate, .. } = error {
            let tried = trace.attempts.iter().any(|attempt| attempt.child == *certificate);
            if !tried {
                lines.push(search.draw_end(certificate, &trace));
            }
            advice.get_or_insert_with(|| search.advice_for_unknown_authority(certificate, tried));
        }
        Self { lines, attempts: trace.attempts, advice }
    }

    fn explain_name_and_headers(&mut self, step: &Step, config: &RequestHeaderConfig, leaf: &Certificate) {
        let common_name = leaf.subject.common_name();
        match &config.allowed_names {
            AllowedNames::Any => self.lines.push("any common name is allowed: the list of names is empty".to_owned()),
            AllowedNames::Only(_) if config.allowed_names.allow(common_name) => {
                self.lines.push(format!("the common name `{common_name}` is allowed"));
            }
            AllowedNames::Only(names) => {
                self.lines.push(format!("allowed: `{}`; the common name is `{common_name}`", names.join("`, `")));
                self.advice = Some(advice_for_name(common_name, names, leaf));
                return;
            }
        }
        if matches!(step.verdict, Verdict::NoOpinion(_)) {
            self.advice = Some(match config.username_headers.first() {
                Some(header) => format!("a front proxy must send {header}"),
                None => "--requestheader-username-headers=X-Remote-User is missing".to_owned(),
            });
        }
    }
}

/// What was looked for, and where.
struct Search<'a> {
    /// What the client would be, had it been found.
    role: &'static str,
    leaf: &'a Certificate,
    /// What the client sent besides.
    sent: &'a [Certificate],
    roots: &'a CertificatePool,
    /// The roots' file.
    bundle: String,
}

impl Search<'_> {
    fn draw_attempt(&self, attempt: &Attempt) -> String {
        let place = match attempt.pool {
            Pool::Roots => format!("in {}", self.bundle),
            Pool::Intermediates => "sent by the client".to_owned(),
        };
        let outcome = match &attempt.outcome {
            Outcome::Accepted => "signed it".to_owned(),
            Outcome::Refused(reason) => reason.to_string(),
            Outcome::AlreadyInChain => "is in the chain already".to_owned(),
            Outcome::UnknownKey => "has a key of unknown kind".to_owned(),
            Outcome::LimitReached => "the search ended here, after too many candidates".to_owned(),
        };
        format!("{}{}, {place}: {outcome}", branch(attempt.depth), described(&attempt.candidate))
    }

    /// The point where the chain ends: nobody has the name of the issuer.
    fn draw_end(&self, certificate: &Certificate, trace: &Trace) -> String {
        let attempts = trace.attempts.iter();
        let depth = attempts.rev().find(|attempt| attempt.candidate == *certificate).map_or(0, |attempt| attempt.depth);
        let Self { bundle, sent, .. } = self;
        let branch = branch(depth + 1);
        let roots = names(self.roots.certificates());
        if certificate.is_self_issued() {
            return format!("{branch}it names itself as its issuer, and is not in {bundle}, which has {roots}");
        }
        let sent = match sent {
            [] => "the client sent no other certificate".to_owned(),
            sent => format!("the client also sent {}", names(sent)),
        };
        format!("{branch}its issuer {} is missing: {bundle} has {roots}; {sent}", certificate.issuer)
    }

    /// Never to put another CA into the bundle: that would make front proxies, or users, of all its certificates.
    fn advice_for_unknown_authority(&self, certificate: &Certificate, tried: bool) -> String {
        let issuer = &certificate.issuer;
        if tried {
            format!("the CA {issuer} that is here did not make it; one of the same name did, perhaps an older one")
        } else if certificate != self.leaf {
            format!("the client must send the certificate of {issuer} along, if that is a CA below {}", self.bundle)
        } else {
            let roots = names(self.roots.certificates());
            format!(
                "{} needs a certificate of {roots}, and sends along the CAs between them, if there are any",
                self.role
            )
        }
    }
}

/// From the leaf up to the trust anchor.
fn draw_chain(chain: &Chain, bundle: &str) -> Vec<String> {
    let last = chain.len().saturating_sub(1);
    let line = |(depth, certificate): (usize, &Certificate)| {
        let place = match depth {
            _ if depth == last => format!(", in {bundle}"),
            0 => String::new(),
            _ => ", sent by the client".to_owned(),
        };
        format!("{}{}{place}", branch(depth), described(certificate))
    };
    chain.iter().enumerate().map(line).collect()
}

fn draw_refused_chain(chain: &Chain, refusal: &ChainRefusal) -> String {
    let why = match refusal {
        ChainRefusal::ExtendedKeyUsage { certificate } => {
            format!("{} is not for client authentication (extendedKeyUsage)", named(certificate))
        }
        ChainRefusal::Policies => "a certificate policy that is demanded is not there".to_owned(),
        ChainRefusal::Name(why) => why.clone(),
    };
    let names: Vec<String> = chain.iter().map(named).collect();
    format!("the chain {} does not count: {why}", names.join(" - "))
}

/// The beginning of a line for what is `depth` certificates above the leaf.
fn branch(depth: usize) -> String {
    match depth.checked_sub(1) {
        None => String::new(),
        Some(indent) => format!("{}└─ ", "   ".repeat(indent)),
    }
}

fn bundle_name(file: &FileFlag<TrustBundle>) -> String {
    file.loaded().map_or_else(|| "the bundle".to_owned(), |bundle| bundle.path.clone())
}

/// The name, and what tells it from another certificate of the same name.
fn described(certificate: &Certificate) -> String {
    let fingerprint = certificate.fingerprint();
    let short = fingerprint.get(..8).unwrap_or_default();
    format!("{} (sha256 {short}, until {})", named(certificate), certificate.not_after.date())
}

fn named(certificate: &Certificate) -> String {
    let name = certificate.subject.to_string();
    if name.is_empty() { "(no name)".to_owned() } else { name }
}

fn names(certificates: &[Certificate]) -> String {
    /// A bundle may hold hundreds.
    const MOST: usize = 5;

    let mut names: Vec<String> = certificates.iter().take(MOST).map(named).collect();
    if let Some(more) = certificates.len().checked_sub(MOST).filter(|more| *more > 0) {
        names.push(format!("{more} more"));
    }
    names.join(", ")
}

fn advice(error: &VerificationError) -> Option<String> {
    Some(match error {
        VerificationError::Expired { certificate, .. } => {
            format!("{} ended on {}; make a new one", named(certificate), certificate.not_after.date())
        }
        VerificationError::NotYetValid { certificate, .. } => {
            format!("{} begins on {}; look at the clocks", named(certificate), certificate.not_before.date())
        }
        VerificationError::IncompatibleKeyUsage { certificate, .. } => {
            format!("{} needs clientAuth in its extendedKeyUsage", named(certificate))
        }
        VerificationError::NotAuthorizedToSign { certificate } => {
            format!("{} is no CA (basicConstraints)", named(certificate))
        }
        VerificationError::TooManyIntermediates { certificate } => {
            format!("{} allows fewer CAs below it (pathLenConstraint)", named(certificate))
        }
        _ => return None,
    })
}

fn advice_for_name(common_name: &str, names: &[String], leaf: &Certificate) -> String {
    let is_near = |name: &&String| name.trim().eq_ignore_ascii_case(common_name.trim());
    let is_quoted = |name: &&String| name.trim_matches(['\'', '"']) == common_name;
    if let Some(name) = names.iter().find(is_near) {
        format!("`{name}` and `{common_name}` are not the same: case and blanks count")
    } else if let Some(name) = names.iter().find(is_quoted) {
        format!("the quotes in `{name}` are a part of the name; take them away")
    } else if let Some(name) = names.iter().find(|name| leaf.dns_names.contains(name)) {
        format!("`{name}` is a subject alternative name, which does not count; only the common name does")
    } else if common_name.is_empty() {
        "the certificate has no common name; it needs one that is allowed".to_owned()
    } else {
        format!("if it is a front proxy, allow it: --requestheader-allowed-names={},{common_name}", names.join(","))
    }
}
