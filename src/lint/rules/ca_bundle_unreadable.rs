//! CA files that the server cannot load.

use crate::lint::facts::directory::file_on_node;
use crate::lint::facts::init_command::make;
use crate::lint::facts::look::bundles;
use crate::lint::facts::wording::drop_key;
use crate::lint::prelude::*;
use crate::model::{FileState, Unusable, UnusableKind, WhyPassedOver};
use crate::text::operand;

pub(super) static RULE: Rule = Rule {
    id: "ca-bundle-unreadable",
    severity: Severity::Error,
    text: include_str!("../../../docs/rules/ca-bundle-unreadable.md"),
    checks: &[Check::Trust(|setup, _| {
        together(bundles(setup).map(|FileFlag { flag, state }| match state {
            FileState::Unusable(unusable) if is_quoted(&unusable.path) => {
                Err(not_applicable(format!("{}: the path has quotes in it, see literal-quotes", flag.called())))
            }
            FileState::Unusable(unusable) if flag.is_key() => Ok(vec![published(flag.name, unusable)]),
            FileState::Unusable(unusable) => Ok(vec![finding(setup, flag.name, unusable)]),
            FileState::Loaded(bundle) => Ok(passed_over(setup, flag, bundle).into_iter().collect()),
            FileState::NotGiven => Err(not_applicable(format!("{} is not given", flag.called()))),
            FileState::NotLooked(why) => Err(why.clone().about(flag.called()).into()),
        }))
    })],
};

fn is_quoted(path: &str) -> bool {
    path.contains('"') || path.starts_with('\'') || path.ends_with('\'')
}

fn finding(setup: &Setup, flag: &'static str, unusable: &Unusable) -> Finding {
    let Unusable { origin, path, looked_at, message, kind } = unusable;
    let place = looked_at.as_ref().map_or_else(String::new, |place| format!(" (looked for at {})", place.display()));
    let on_node = file_on_node(setup, path);
    let (what, label, fix) = match kind {
        UnusableKind::Missing | UnusableKind::Unreadable => (
            "cannot be read",
            "this file cannot be read",
            if flag == "client-ca-file" {
                Fix::from(format!("Put the CA of client certificates at {path}, or correct --{flag}."))
            } else {
                make(setup).saying(|this| format!("{this} Or give the path where the CA is."))
            },
        ),
        UnusableKind::Empty => {
            ("is empty", "this file is empty", format!("Put a CA certificate in PEM into {path}.").into())
        }
        UnusableKind::NoContent => {
            ("holds no PEM block CERTIFICATE", "no certificate is in this file", from_der(&on_node))
        }
        UnusableKind::ByteOrderMark => (
            "begins with a byte order mark, behind which Go sees no certificate",
            "a byte order mark comes first in this file",
            without_mark(&on_node),
        ),
        UnusableKind::Utf16 => {
            ("is UTF-16, in which Go sees no certificate", "this file is UTF-16", from_utf_16(&on_node))
        }
        _ => (
            "holds a certificate that Go does not parse",
            "a certificate in this file does not parse",
            Fix::from(format!("Take the bad block out of {path}; this lists the blocks.")).command(&[
                "openssl",
                "storeutl",
                "-noout",
                "-certs",
                &operand(&on_node),
            ]),
        ),
    };
    Finding::error(format!("--{flag}: {path} {what}{place}"))
        .at(origin, label)
        .consequence("kube-apiserver does not start; this node has no API server until the file is fixed.")
        .demonstration(format!("kube-apiserver says: {message}"))
        .fix(fix)
        .identity([flag.to_owned(), path.clone()])
}

/// A part of it counts, and the server does not say so.
fn passed_over(setup: &Setup, flag: &PathFlag, bundle: &TrustBundle) -> Option<Finding> {
    let by_reason = &bundle.passed_over.by_reason;
    let total = bundle.passed_over.count();
    if total == 0 {
        return None;
    }
    let (called, path) = (flag.called(), &bundle.path);
    let (whose, place) =
        if flag.is_key() { (called.clone(), "the ConfigMap") } else { (format!("{called}: {path}"), path.as_str()) };
    let certificates = if total == 1 { "a certificate" } else { "certificates" };
    let reasons = by_reason.iter().map(|(why, count)| reason(*why, which(*count, total)));
    let reasons = reasons.collect::<Vec<_>>().join(", and ");
    let fix = Fix::from(by_reason.keys().map(|why| remedy(*why, place)).collect::<Vec<_>>().join(" "));
    // An object's file is not at its path here.
    let is_on_host = !setup.has_volumes() && setup.invocation.files.iter().all(|file| file.path != *path);
    let has_mark = by_reason.contains_key(&WhyPassedOver::ByteOrderMark);
    let command: &[&str] = &["sed", "-i", r"s/\xef\xbb\xbf//g", &operand(path)];
    Some(
        Finding::warning(format!("{whose} holds {certificates} that Go does not see: {reasons}"))
            .at(&bundle.origin, "a part of this is not loaded")
            .consequence(
                "Servers load the other certificates and say nothing; whoever has one of the CA that is passed over \
                 is refused.",
            )
            .fix(if has_mark && is_on_host && !flag.is_key() { fix.command(command) } else { fix })
            .identity([flag.name.to_owned(), path.clone(), "passed over".to_owned()]),
    )
}

/// Of so many.
fn which(count: usize, total: usize) -> &'static str {
    match (count, total) {
        (_, 1) => "it",
        (1, _) => "one of them",
        (count, total) if count == total => "each of them",
        _ => "some of them",
    }
}

fn reason(why: WhyPassedOver, of: &str) -> String {
    let is = if of == "some of them" { "are" } else { "is" };
    match why {
        WhyPassedOver::ByteOrderMark => format!("a byte order mark stands before {of}"),
        WhyPassedOver::Glued => "one begins on the line on which another one ends, where Go sees neither".to_owned(),
        WhyPassedOver::Utf16 => format!("{of} {is} in UTF-16"),
        WhyPassedOver::Der => format!("{of} {is} in DER"),
        WhyPassedOver::Label(label) => format!("{of} {is} in a block {label}"),
        WhyPassedOver::Spelling => format!("the first line of {of} is not, to the letter, -----BEGIN CERTIFICATE-----"),
        WhyPassedOver::Block => {
            let block = if of == "it" { "its block".to_owned() } else { format!("the block of {of}") };
            format!("{block} is cut off, damaged, indented or has headers")
        }
    }
}

fn remedy(why: WhyPassedOver, place: &str) -> String {
    match why {
        WhyPassedOver::ByteOrderMark => "Take the mark away, which editors of Windows write.".to_owned(),
        WhyPassedOver::Glued => format!("Let each BEGIN in {place} begin a line of its own."),
        WhyPassedOver::Utf16 => format!("Write {place} anew in UTF-8; `>>` of PowerShell adds UTF-16."),
        WhyPassedOver::Der => format!("Write what is in DER into {place} in PEM (openssl x509 -inform DER)."),
        WhyPassedOver::Label("PKCS7") => {
            format!("Write what is in it into {place} as blocks CERTIFICATE (openssl pkcs7 -print_certs).")
        }
        WhyPassedOver::Label(label) => format!("Write what is in {label} into {place} as CERTIFICATE (openssl x509)."),
        WhyPassedOver::Spelling => format!("Write the first line in {place} anew."),
        WhyPassedOver::Block => format!("Write each block anew into {place}, whole."),
    }
}

/// The same in the ConfigMap. kube-apiserver reads what is there before it adds its own, and stops at what is no PEM
/// (`getClusterAuthenticationInfoFor` in clusterauthenticationtrust).
fn published(flag: &'static str, unusable: &Unusable) -> Finding {
    let what = match unusable.kind {
        UnusableKind::NoContent | UnusableKind::ByteOrderMark | UnusableKind::Utf16 => "holds no PEM block CERTIFICATE",
        _ => "holds a certificate that Go does not parse",
    };
    let who = if flag == "client-ca-file" { "client certificate" } else { "front proxy" };
    Finding::error(format!("{flag} in the ConfigMap {what}"))
        .at(&unusable.origin, "this value does not parse")
        .consequence(format!(
            "Extension API servers that start now accept no {who}, and kube-apiserver does not write the ConfigMap any \
             more while this is in it."
        ))
        .demonstration(format!("an extension API server says: {}", unusable.message))
        .fix(drop_key(flag))
        .identity([flag.to_owned(), unusable.path.clone()])
}

fn without_mark(path: &str) -> Fix {
    const MARK: &str = r"1s/^\xef\xbb\xbf//";
    Fix::from("Take the mark away, which editors of Windows write.").command(&["sed", "-i", MARK, &operand(path)])
}

fn from_der(path: &str) -> Fix {
    let (from, to) = (operand(path), operand(&format!("{path}.pem")));
    Fix::from(format!("Put a CA certificate in PEM into {path}; where it is in DER, these do."))
        .command(&["openssl", "x509", "-inform", "DER", "-in", &from, "-out", &to])
        .command(&["mv", &to, &from])
}

fn from_utf_16(path: &str) -> Fix {
    let (from, to) = (operand(path), operand(&format!("{path}.utf-8")));
    Fix::from("Write it in UTF-8, which is ASCII here.")
        .command(&["iconv", "-f", "UTF-16", "-t", "UTF-8", "-o", &to, &from])
        .command(&["mv", &to, &from])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::testing::{Cluster, Expect, FRONT_PROXY_CA, check, of_document};

    #[test]
    fn fails_with_what_the_server_says() {
        let cluster = Cluster::new();
        let broken = "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n";
        for (content, says) in [
            ("", "missing content for CA bundle \"request-header::/etc/kubernetes/pki/front-proxy-ca.crt\""),
            ("garbage", "data does not contain any valid RSA or ECDSA certificates"),
            (cluster.front_proxy_ca.key_pem.as_str(), "data does not contain any valid RSA or ECDSA certificates"),
            (&format!("{}{broken}", cluster.front_proxy_ca.pem), "x509: "),
        ] {
            check(&RULE, cluster.server().file(FRONT_PROXY_CA, content)).expect_finding().shows(says);
        }
    }

    #[test]
    fn fails_in_the_config_map_with_a_way_out() {
        let finding =
            check(&RULE, Cluster::new().config_map().set("requestheader-client-ca-file", "garbage")).expect_finding();
        assert!(
            finding.fix.to_string().ends_with(r#"-p '{"data":{"requestheader-client-ca-file":null}}'"#),
            "{}",
            finding.fix
        );
    }

    #[test]
    fn passes_with_text_around_the_certificates() {
        let cluster = Cluster::new();
        let content = format!("# the front-proxy CA\r\n{}\r\nend", cluster.front_proxy_ca.pem.replace('\n', "\r\n"));
        check(&RULE, cluster.server().file(FRONT_PROXY_CA, &content)).expect_pass();
    }

    /// `cat a.crt b.crt`, of which one is an editor's of Windows.
    #[test]
    fn what_is_passed_over_is_told() {
        let cluster = Cluster::new();
        let (ca, other) = (&cluster.front_proxy_ca.pem, &cluster.client_ca.pem);
        let cut = other.replace("\n-----END CERTIFICATE-----", "");
        let found = |pem: &str| check(&RULE, cluster.server().file(FRONT_PROXY_CA, pem));
        for pem in [format!("\u{feff}{other}{ca}"), format!("{ca}\u{feff}{other}")] {
            let finding = found(&pem).expect_warning().says("a byte order mark stands before it");
            assert_eq!(finding.fix.commands, [r"sed -i 's/\xef\xbb\xbf//g' /etc/kubernetes/pki/front-proxy-ca.crt"]);
        }
        for pem in [format!("{cut}{ca}"), format!("{ca}  {other}"), format!("{ca}{cut}")] {
            found(&pem).expect_warning().says("its block is cut off");
        }
        let marked = format!("\u{feff}{other}");
        for (pem, words) in [
            (
                format!("{ca}{marked}{marked}"),
                "certificates that Go does not see: a byte order mark stands before each of them",
            ),
            (format!("{ca}{marked}  {other}"), "stands before one of them"),
            (format!("{ca}{cut}\n  {other}"), "the block of each of them is cut off"),
            (format!("{ca}{}{other}", other.trim_end()), "one begins on the line on which another one ends"),
            (format!("{ca}\u{feff}\u{feff}{other}"), "a byte order mark stands before it"),
            (format!("{ca}\u{a0}{other}"), "the first line of it is not, to the letter"),
            (format!("{ca}{}", other.replace("BEGIN ", "BEGIN\u{a0}")), "the first line of it is not"),
            (format!("{ca}{}", other.replace("-----BEGIN", "\u{2014}BEGIN")), "the first line of it is not"),
            (format!("{ca}{}", other.replacen('M', "\u{a0}M", 2)), "its block is cut off, damaged"),
            (format!("{ca}{}", other.replace(" CERT", " TRUSTED CERT")), "it is in a block TRUSTED CERTIFICATE"),
            (format!("{ca}{}", other.replace(" CERT", " X509 CERT")), "it is in a block X509 CERTIFICATE"),
            (format!("{ca}{}", other.replace("CERTIFICATE", "PKCS7")), "it is in a block PKCS7"),
            (format!("{ca}{}", other.chars().flat_map(|c| [c, '\0']).collect::<String>()), "it is in UTF-16"),
            (format!("{ca}{marked}{cut}"), "stands before one of them, and the block of one of them is cut off"),
        ] {
            found(&pem).expect_warning().says(words);
        }
        // What is loaded all the same refuses nobody.
        for pem in [
            format!("{ca}\u{feff}{ca}"),
            format!("{ca}  {}", ca.replace('\n', "\n  ")),
            format!("# {}\n{ca}", other.trim_end().replace('\n', "\n# ")),
            format!("{ca}{}{other}", cluster.client_ca.key_pem),
        ] {
            found(&pem).expect_pass();
        }
        let both = format!("{ca}\u{feff}{other}");
        let secret = of_document("kind: Secret\ndata: {front-proxy-ca.crt: <CA64>}\n", ["", &both, "", ""]);
        assert_eq!(check(&RULE, &secret).expect_warning().fix.commands, Vec::<String>::new());
        check(&RULE, cluster.config_map().set("client-ca-file", &both)).expect_finding();
    }

    #[test]
    fn a_certificate_is_read_whatever_its_tag() {
        let cluster = Cluster::new();
        for document in [
            "kind: Secret\nstringData:\n  front-proxy-ca.crt: !unsafe <CA>\n",
            "kind: Secret\ndata: {front-proxy-ca.crt: !x <CA64>}\n",
        ] {
            check(&RULE, of_document(document, ["", &cluster.front_proxy_ca.pem, "", ""])).expect_pass();
        }
    }

    /// A tag of YAML or an expression of a template stands for another text.
    #[test]
    fn what_is_filled_in_later_is_not_known() {
        const WRITTEN: &str =
            "write_files:\n- {path: /etc/kubernetes/pki/front-proxy-client.crt, content: <CERT64>, encoding: b64}\n";
        let cluster = Cluster::new();
        for value in ["!include ca.crt", "!file \"pki/ca.crt\"", "!vault |\n    $ANSIBLE_VAULT;1.1\n", "\"{{ ca }}\""] {
            for document in [
                format!("kind: Secret\nstringData:\n  ca.crt: <CA>\n  front-proxy-ca.crt: {value}\n"),
                format!("kind: Secret\ndata:\n  ca.crt: <CA64>\n  front-proxy-ca.crt: {value}\n"),
                format!("ca_crt: <CA>\nfront_proxy_ca_crt: {value}\nfront_proxy_client_crt: <CERT>\n"),
                format!("{WRITTEN}- path: /etc/kubernetes/pki/front-proxy-ca.crt\n  content: {value}\n"),
                format!(
                    "kind: ConfigMap\nmetadata: {{name: extension-apiserver-authentication}}\ndata:\n  client-ca-file: <CA>\n  \
                     requestheader-client-ca-file: {value}\n"
                ),
            ] {
                // Of variables a template's expression alone says nothing.
                if document.starts_with("ca_crt") && value.starts_with('"') {
                    continue;
                }
                let (ca, client) = (&cluster.client_ca.pem, &cluster.proxy_client.pem);
                check(&RULE, of_document(&document, ["", ca, client, ""])).expect_unknown();
            }
        }
    }

    #[test]
    fn a_byte_order_mark_is_named() {
        let bundle = |pem: String| check(&RULE, Cluster::new().server().file(FRONT_PROXY_CA, &pem)).expect_finding();
        let pem = Cluster::new().front_proxy_ca.pem;
        let finding = bundle(format!("\u{feff}{pem}"));
        assert!(finding.message.contains("begins with a byte order mark"), "{}", finding.message);
        assert_eq!(finding.fix.commands, [r"sed -i '1s/^\xef\xbb\xbf//' /etc/kubernetes/pki/front-proxy-ca.crt"]);
    }
}
