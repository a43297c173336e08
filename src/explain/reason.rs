//! Why a certificate was refused, in the words of Go's crypto/x509 and crypto/tls, and what that says in a conversation.

mod table;

use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::pattern::{Table, fill};
use super::subject::{self, Other, Parties};
use super::{About, Explanation, Found, MOST_OF_ONE, Role, is_free};
pub(super) use table::REASONS;

/// One way of refusing a certificate.
#[derive(Debug)]
pub(super) struct Reason {
    pub pattern: &'static str,
    /// What is wrong with it, whoever's it is. The named groups fill `{name}`.
    pub fault: &'static str,
    /// The rules that find it in a client's certificate and its CA.
    pub client_rules: &'static [&'static str],
    /// The rules that find it in an extension API server's serving certificate.
    pub serving_rules: &'static [&'static str],
    /// Where nothing tells the conversation: what it is about most often.
    pub alone: Alone,
}

/// What a reason speaks of when the line tells nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Alone {
    /// A client's certificate, as a server's log would print it.
    Client,
    /// A file that a server reads.
    File,
    /// A serving certificate: no server prints this of a client.
    Serving,
    /// A client's certificate: no client prints this of a server.
    Shown,
    /// The certificate of the side that prints it, which cannot use it with the other (crypto/tls, `unsupportedCertificateError`).
    Own,
    /// Either; and it is not the side that prints it which refused something.
    Unclear,
}

pub(super) static COMPILED: LazyLock<Table<Reason>> =
    LazyLock::new(|| Table::new(table::REASONS.iter().map(|reason| (reason.pattern, reason))));

/// The reasons in a record that nothing else has explained.
pub(super) fn find(parties: &Parties<'_>, found: &mut Vec<Found>) {
    let record = parties.record();
    let rows = COMPILED.in_record(record);
    if rows.is_empty() {
        return;
    }
    // A name beside the front proxy's own is whose log it is.
    let is_other = |other: &Other| !other.is_only_named() || !subject::names_front_proxy(record);
    let (other, is_own) = (Other::or_unnamed(record).filter(is_other), parties.is_own());
    for (pattern, reason) in rows {
        for captures in pattern.captures_iter(record).take(MOST_OF_ONE) {
            let Some(range) = captures.get(0).map(|all| all.range()) else { continue };
            // Rust has a library that is called `rustls: `.
            let is_tail = record.get(..range.start).is_some_and(|before| before.ends_with(char::is_alphanumeric));
            if !is_tail && is_free(&range, found) {
                let explanation = explain(reason, pattern, &captures, other, is_own);
                found.push((range, explanation));
            }
        }
    }
}

/// The first reason in a piece of text, and what is wrong in its words.
pub(super) fn fault_in(text: &str) -> Option<(&'static Reason, String)> {
    let (pattern, reason) = COMPILED.in_record(text).into_iter().next()?;
    Some((reason, tidy(&fill(reason.fault, pattern, &pattern.captures(text)?))))
}

/// The reason that a text begins and does not end, for it was cut; `Some(None)`: several begin so.
pub(super) fn begun(text: &str) -> Option<Option<&'static Reason>> {
    let start = text.rfind("x509: ").or_else(|| text.rfind("tls: "));
    let text = text.get(start?..)?;
    let starts = |known: &str| known.len() > text.len() && known.starts_with(text);
    let mut begun: Vec<(&str, &'static Reason)> = Vec::new();
    for reason in table::REASONS {
        let alternatives = reason.pattern.split('|').map(literal_beginning);
        begun.extend(alternatives.filter(|known| starts(known)).map(|known| (known, reason)));
    }
    let Some((shortest, reason)) = begun.iter().min_by_key(|(known, _)| known.len()) else {
        return OTHER_BEGINNINGS.iter().any(|known| starts(known)).then_some(None);
    };
    let is_one = begun.iter().all(|(known, _)| known.starts_with(shortest)) && !reason.fault.contains('{');
    Some(is_one.then_some(*reason))
}

/// Of reasons that are no certificate's fault.
const OTHER_BEGINNINGS: [&str; 2] = ["x509: subject with cn=", "tls: failed to verify certificate: "];

/// What a pattern begins with, up to its first variable part.
fn literal_beginning(pattern: &str) -> &str {
    pattern.split(['(', '[', '\\', '?', '*', '+', '{']).next().unwrap_or_default()
}

fn explain(
    reason: &Reason,
    pattern: &Regex,
    captures: &Captures<'_>,
    other: Option<Other>,
    is_own: bool,
) -> Explanation {
    let fault = tidy(&fill(reason.fault, pattern, captures));
    let recognised = captures.get(0).map_or_else(String::new, |all| all.as_str().to_owned());
    let Some(other) = other.filter(|_| !(reason.alone == Alone::File && is_own)) else {
        return alone(reason, &fault, recognised, is_own);
    };
    // A client that is told so was itself refused, and who it is the line does not say.
    let is_any_client = other.is_any_client() && reason.alone == Alone::Unclear && !reason.client_rules.is_empty();
    let about = if is_any_client { About::NotTold } else { other.about() };
    let meaning = match reason.alone {
        _ if is_any_client => unclear(reason, &fault),
        Alone::Unclear if about == About::NotTold => format!("{}. {}", other.connection(), unclear(reason, &fault)),
        Alone::Unclear | Alone::File | Alone::Own => format!("{}. {fault}.", other.connection()),
        _ => format!("{}. What was wrong: {}.", other.refused(), lower_first(&fault)),
    };
    Explanation {
        recognised,
        printed_by: other.printed_by(),
        about,
        meaning,
        rules: match about {
            // The other side's judgement of the client comes as an alert, which is unclear.
            About::NotTold if other.is_dialing() && reason.alone != Alone::Unclear => reason.serving_rules.to_vec(),
            About::NotTold => reason.client_rules.to_vec(),
            // No rule looks at the certificates of others.
            _ => Vec::new(),
        },
        next: other.next().iter().map(|command| (*command).to_owned()).collect(),
        count: 1,
        values: Vec::new(),
        role: Role::Plain,
    }
}

/// A reason in a line that does not tell who spoke with whom.
fn alone(reason: &Reason, fault: &str, recognised: String, is_own: bool) -> Explanation {
    if reason.alone == Alone::Serving && names_no_service(&recognised) {
        return of_another_name(fault, recognised);
    }
    let (about, printed_by, meaning) = of_nobody(reason, fault, is_own);
    let rules = if reason.alone == Alone::Serving { reason.serving_rules } else { reason.client_rules };
    Explanation {
        recognised,
        printed_by: printed_by.to_owned(),
        about,
        meaning,
        rules: rules.to_vec(),
        // Where the front proxy is not the cause, no rule finds it.
        next: (about != About::SomethingElse).then(|| super::commands::CHECK.to_owned()).into_iter().collect(),
        count: 1,
        values: Vec::new(),
        role: Role::Plain,
    }
}

/// Whose matter it may be, who prints it, and what it means there.
fn of_nobody(reason: &Reason, fault: &str, is_own: bool) -> (About, &'static str, String) {
    match reason.alone {
        Alone::Client => (
            About::NotTold,
            "Go's crypto/x509, in the log of whoever verified the certificate",
            format!(
                "{fault}. Every program written in Go says so, and the line does not tell whose certificate it is. If it stands \
                 in the log of kube-apiserver or an extension API server, it is a client's certificate, for \
                 requests that kube-apiserver proxies the proxy client: what it must verify against is \
                 --requestheader-client-ca-file, and in extension API servers the ConfigMap \
                 extension-apiserver-authentication. Printed by a client, it is the serving certificate of the server \
                 that was called, and not the front proxy."
            ),
        ),
        Alone::File => (
            About::NotTold,
            "a server that reads its files at start-up or after they changed (crypto/tls, X509KeyPair; client-go, cert)",
            format!("{fault}. The line, or the one before it, names the file; if none is named, look at all pairs."),
        ),
        Alone::Serving => (
            if is_own { About::ExtensionServer } else { About::NotTold },
            "a TLS client, about the server that it called (crypto/tls, crypto/x509)",
            format!(
                "{fault}. Only a client says so, of a *serving* certificate, and never of the proxy client. In an APIService's condition it \
                 is the extension API server's; in kube-apiserver's log it may be that, a webhook's, a kubelet's or etcd's; elsewhere it is \
                 the server's that was called, and the aggregation layer has nothing to do with it."
            ),
        ),
        Alone::Shown => (
            About::NotTold,
            "a TLS server, about a client (crypto/tls)",
            format!(
                "{fault}. Only a server says so, of a client's certificate and in the TLS handshake: in the log of an extension API server \
                 the client is most likely kube-apiserver with its proxy client, in kube-apiserver's an ordinary client, and any other \
                 server has clients of its own."
            ),
        ),
        Alone::Own => (
            About::NotTold,
            "Go's crypto/tls, about the certificate of the program itself",
            format!(
                "{fault}. It is the own certificate of the side that says so: in a server's log, at a TLS handshake, its *serving* certificate; \
                 said by a client, the one that it shows, which is the proxy client where kube-apiserver calls an extension API server."
            ),
        ),
        Alone::Unclear => (
            // Where no rule finds it, no certificate was judged.
            if reason.client_rules.is_empty() { About::SomethingElse } else { About::NotTold },
            "Go's crypto/tls",
            unclear(reason, fault),
        ),
    }
}

/// Either side's, or nobody's.
fn unclear(reason: &Reason, fault: &str) -> String {
    if reason.client_rules.is_empty() {
        return format!("{fault}. The front proxy is not the cause.");
    }
    format!(
        "{fault}. When the client is kube-apiserver and the server an extension API server, the proxy client \
         (--proxy-client-cert-file) or the caBundle may be the cause; otherwise the front proxy is not."
    )
}

/// A serving certificate that was compared with a name by which kube-apiserver asks nobody.
fn of_another_name(fault: &str, recognised: String) -> Explanation {
    Explanation {
        recognised,
        printed_by: "a TLS client, about the server that it called (crypto/x509, Certificate.VerifyHostname)"
            .to_owned(),
        about: About::SomethingElse,
        meaning: format!(
            "This is not the front proxy: {}. Only serving certificates are compared with a name, and kube-apiserver asks an \
             extension API server for <service>.<namespace>.svc, which is another one.",
            lower_first(fault)
        ),
        rules: Vec::new(),
        next: Vec::new(),
        count: 1,
        values: Vec::new(),
        role: Role::Plain,
    }
}

/// Whether a certificate was compared with a name that no Service has.
fn names_no_service(recognised: &str) -> bool {
    let wanted = |words: &str| recognised.rsplit_once(words).map(|(_, wanted)| wanted);
    let is_address = recognised.contains("cannot validate certificate for ");
    let name = wanted(" not ").or_else(|| wanted("to match ")).filter(|_| recognised.contains("certificate is "));
    is_address || name.is_some_and(|name| name.contains('.') && !name.contains(".svc") && !name.contains(" SANs"))
}

/// For the middle of a sentence.
pub(super) fn lower_first(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map(|first| first.to_lowercase().chain(characters).collect()).unwrap_or_default()
}

/// Without the marks that an empty group leaves.
fn tidy(text: &str) -> String {
    text.replace(" ()", "").replace(":  ", ": ").trim_end_matches([':', ' ']).to_owned()
}

#[cfg(test)]
mod tests {
    use crate::explain::explain;

    /// aggcert finds nothing where no certificate was judged.
    #[test]
    fn what_no_rule_finds_is_not_to_be_checked() {
        let next = |line: &str| explain(line).into_iter().next().map(|said| said.next);
        assert_eq!(next("local error: tls: bad record MAC"), Some(Vec::new()));
        assert!(next("x509: certificate signed by unknown authority").is_some_and(|next| !next.is_empty()));
    }
}
