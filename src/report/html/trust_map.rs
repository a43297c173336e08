//! Which flag trusts or shows which certificate, and which of them stands on both sides.

use std::collections::BTreeMap;

use maud::{Markup, html};

use super::line;
use crate::lint::{CertificateInUse, Judgement};

/// The flags by which users are let in, and those by which front proxies are.
const WORLDS: [&str; 2] = ["client-ca-file", "requestheader-client-ca-file"];

pub(super) fn draw(judgement: &Judgement) -> Markup {
    let mut roles: BTreeMap<(&str, &str), Vec<&CertificateInUse>> = BTreeMap::new();
    for in_use in &judgement.certificates {
        roles.entry((in_use.role, &in_use.path)).or_default().push(in_use);
    }
    html! {
        @if !roles.is_empty() {
            details {
                summary { "Who trusts what" }
                ul.map {
                    @for ((role, path), certificates) in &roles {
                        li {
                            code { (role) } " " span.place { (line(path)) }
                            ul.map { @for in_use in certificates { (certificate(judgement, in_use)) } }
                        }
                    }
                }
            }
        }
    }
}

fn certificate(judgement: &Judgement, in_use: &CertificateInUse) -> Markup {
    let certificate = &in_use.certificate;
    let is_in = |world: &str| {
        judgement.certificates.iter().any(|other| other.role == world && other.certificate.is_same_issuer(certificate))
    };
    html! {
        li {
            (line(&certificate.subject.to_string())) ", until " (certificate.not_after.date())
            @if certificate.is_self_issued() { ", self-signed" }
            @else { ", issued by " (line(&certificate.issuer.to_string())) }
            @if WORLDS.contains(&in_use.role) && WORLDS.iter().all(|world| is_in(world)) {
                " " span.both { "in both worlds" }
            }
            " " span.place { (certificate.fingerprint()) }
        }
    }
}
