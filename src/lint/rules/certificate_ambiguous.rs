//! Certificates that two readers understand differently.

use std::collections::HashSet;

use crate::lint::facts::init_command::{renew_client, rotate};
use crate::lint::facts::look::each_file;
use crate::lint::prelude::*;
use crate::x509::second_reader::{Difference, Field, Refusal, differences};

pub(super) static RULE: Rule = Rule {
    id: "certificate-ambiguous",
    severity: Severity::Warning,
    text: include_str!("../../../docs/rules/certificate-ambiguous.md"),
    checks: &[Check::Trust(|setup, _| judge(setup))],
};

fn judge(setup: &Setup) -> Outcome {
    // A certificate that stands in several files is read a second time once.
    let mut seen = HashSet::new();
    each_file(setup, |flag, certificates| {
        let distinct = certificates.into_iter().filter(|certificate| seen.insert(certificate.value.raw.clone()));
        distinct.filter_map(|certificate| finding(setup, flag, certificate)).collect()
    })
}

fn finding(setup: &Setup, flag: &PathFlag, certificate: &Located<Certificate>) -> Option<Finding> {
    let named = || format!("{} in {}", subject(&certificate.value), flag.called());
    let (message, label) = match differences(&certificate.value) {
        Err(Refusal { reason }) => {
            (format!("{} is read by Go, but not by x509-parser: {reason}", named()), "not read by all")
        }
        Ok(differences) => {
            let differences = differences.iter().filter(|difference| matters(difference)).map(shown);
            let differences = differences.collect::<Vec<_>>();
            if differences.is_empty() {
                return None;
            }
            (format!("{} is read in two ways: {}", named(), differences.join("; ")), "read in two ways")
        }
    };
    Some(
        Finding::warning(message)
            .at(&certificate.origin, label)
            .consequence(
                "kube-apiserver and other software that is written in Go see the first; what other software sees, \
                 such as an extension API server in another language or an auditor's tool, is not the same.",
            )
            .fix(match flag.name {
                "client-ca-file" => "Make the certificate again with a tool that writes DER, such as openssl.".into(),
                "requestheader-client-ca-file" => rotate(setup, &[]),
                _ => renew_client(setup),
            })
            .identity([flag.name.to_owned(), certificate.value.fingerprint()]),
    )
}

/// Nobody looks at the alternative names of a client or a CA.
fn matters(difference: &Difference) -> bool {
    difference.field != Field::AlternativeNames
}

fn shown(Difference { field, go, other }: &Difference) -> String {
    format!("its {} is `{go}` to Go and `{other}` to x509-parser", field.name())
}

#[cfg(test)]
mod tests {
    use rcgen::CustomExtension;

    use super::*;
    use crate::lint::testing::{CLIENT_CA, Cluster, Expect, Issued, check};
    use crate::x509::der::{Reader, encode, tag};

    /// The certificate with an empty relative name in front of its subject.
    fn with_an_empty_relative_name(issued: &Issued) -> String {
        let certificate = issued.certificate();
        let names = Reader::new(&certificate.raw_subject).contents(tag::SEQUENCE).unwrap();
        let subject = encode(tag::SEQUENCE, &[&encode(tag::SET, &[]), names].concat());
        let mut outer = Reader::new(&certificate.raw).nested(tag::SEQUENCE).unwrap();
        let mut fields = outer.nested(tag::SEQUENCE).unwrap();
        let mut before_subject = Vec::new();
        (0..5).for_each(|_| before_subject.extend(fields.any_element().unwrap()));
        fields.any_element().unwrap();
        let tbs_certificate = encode(tag::SEQUENCE, &[&before_subject, subject.as_slice(), fields.rest()].concat());
        let contents = encode(tag::SEQUENCE, &[&tbs_certificate, outer.rest()].concat());
        ::pem::encode(&::pem::Pem::new("CERTIFICATE", contents))
    }

    #[test]
    fn fails_with_a_subject_that_another_reader_does_not_see() {
        let cluster = Cluster::new();
        let masters = Issued::ca_with("x", |params| {
            params.distinguished_name.push(rcgen::DnType::OrganizationName, "system:masters");
        });
        let finding =
            check(&RULE, cluster.server().file(CLIENT_CA, &with_an_empty_relative_name(&masters))).expect_finding();
        assert_eq!(
            finding.message,
            "CN=x,O=system:masters in --client-ca-file is read in two ways: its subject is `CN=x, O=system:masters` to Go \
             and `empty` to x509-parser"
        );
    }

    #[test]
    fn fails_with_an_empty_key_usage() {
        let cluster = Cluster::new().with_client(|params| {
            params.key_usages = Vec::new();
            params.custom_extensions = vec![CustomExtension::from_oid_content(&[2, 5, 29, 15], vec![0x03, 0x01, 0x00])];
        });
        check(&RULE, cluster.server()).expect_finding().says("keyUsage is `none` to Go and `nothing allowed`");
    }

    #[test]
    fn passes_with_what_others_issue() {
        check(&RULE, Cluster::new().server()).expect_pass();
    }
}
