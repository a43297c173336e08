//! Refusals at start-up that have no rule of their own.

use std::ops::Range;
use std::sync::Arc;

use crate::lint::Target;
use crate::lint::facts::init_command::{make, remake_client};
use crate::lint::prelude::*;
use crate::model::{Refusal, RefusalKind, Startup, start};
use crate::text::{SourceFile, Text};

pub(super) static RULE: Rule = Rule {
    id: "server-refuses-to-start",
    severity: Severity::Error,
    text: include_str!("../../../docs/rules/server-refuses-to-start.md"),
    checks: &[Check::Server(|setup, context| judge(setup, context).into())],
};

/// The rules that report a refusal themselves, at the place where the model sees it.
static REPORTING: [&Rule; 6] = [
    &super::flag_unknown::RULE,
    &super::allowed_names_blank_entry::RULE,
    &super::literal_quotes::RULE,
    &super::ca_bundle_unreadable::RULE,
    &super::proxy_client_key_mismatch::RULE,
    &super::requestheader_headers_nonstandard::RULE,
];

fn judge(setup: &Setup, context: &Context<'_>) -> Judged {
    let refusals = refusals(setup)?;
    if refusals.is_empty() {
        return Ok(Vec::new());
    }
    let reported = Reported::of(REPORTING.iter().flat_map(|rule| errors(rule, setup, context)));
    let overlap = errors(&super::identity_spoofable::RULE, setup, context).first().map(|(id, _)| *id);
    let other_rule = |refusal: &Refusal| {
        let at_its_place = reported.touching(&refusal.origin);
        // `certificatesOverlap`; it is told even if nobody can be claimed to be, for want of a username header.
        at_its_place.or_else(|| overlap.filter(|_| refusal.is_for(RefusalKind::Overlap)))
    };
    let elsewhere = refusals.iter().find_map(other_rule);
    let findings: Vec<Finding> = refusals
        .iter()
        .filter(|refusal| other_rule(refusal).is_none())
        .map(|refusal| finding(setup, refusal))
        .collect();
    found_or(findings, elsewhere.map(|id| Reason::reported("it does not start", id)))
}

/// Every flag that does not parse, and what the start-up ends with.
///
/// # Errors
/// Unknown when what decides was not looked at.
pub(super) fn refusals(setup: &Setup) -> Result<Vec<Refusal>, Outcome> {
    let mut refusals: Vec<Refusal> = setup.invocation.not_loaded.iter().map(Refusal::from).collect();
    refusals.extend(setup.options.errors.iter().map(Refusal::from));
    match start(setup, setup.version()) {
        Startup::Refuses(refusal) if !refusals.contains(&refusal) => refusals.push(refusal),
        Startup::Unknown(why) if refusals.is_empty() => return Err(why.into()),
        _ => {}
    }
    Ok(refusals)
}

/// Where a rule finds errors.
fn errors(rule: &'static Rule, setup: &Setup, context: &Context<'_>) -> Vec<(&'static str, Origin)> {
    let Some(Outcome::Fail(findings)) = rule.judge(Target::Server(setup), context) else { return Vec::new() };
    let errors = findings.into_iter().filter(|finding| finding.severity == Severity::Error);
    errors.map(|finding| (rule.id, finding.origin)).collect()
}

/// The errors of other rules, by their places: a set-up may have as many refusals as a file has words.
struct Reported {
    /// In order of files and beginnings. Each with the error that ends last of those of its file up to here.
    errors: Vec<(Origin, usize, &'static str)>,
}

impl Reported {
    fn of(errors: impl Iterator<Item = (&'static str, Origin)>) -> Self {
        let mut errors: Vec<_> = errors.map(|(id, origin)| (origin.range().end, id, origin)).collect();
        errors.sort_by_key(|(_, _, origin)| beginning(origin));
        let mut last: Option<(Origin, usize, &'static str)> = None;
        let with_last = errors.into_iter().map(|(end, id, origin)| {
            let before = last.take().filter(|(before, before_end, _)| same_file(before, &origin) && *before_end > end);
            let (end, id) = before.map_or((end, id), |(_, end, id)| (end, id));
            last.insert((origin, end, id)).clone()
        });
        Self { errors: with_last.collect() }
    }

    /// The rule that has reported an error that has a character or an end in common with this place.
    fn touching(&self, place: &Origin) -> Option<&'static str> {
        let end = (beginning(place).0, place.range().end);
        let behind = self.errors.partition_point(|(origin, ..)| beginning(origin) <= end);
        let (origin, end, id) = self.errors.get(behind.checked_sub(1)?)?;
        (same_file(origin, place) && *end >= place.range().start).then_some(*id)
    }
}

fn same_file(one: &Origin, other: &Origin) -> bool {
    Arc::ptr_eq(one.file(), other.file())
}

/// By what places are put in order.
fn beginning(origin: &Origin) -> (*const SourceFile, usize) {
    (Arc::as_ptr(origin.file()), origin.range().start)
}

pub(super) fn finding(setup: &Setup, refusal: &Refusal) -> Finding {
    let component = setup.invocation.component.name();
    let (who, ends, message, consequence) = if refusal.is_for(RefusalKind::NotLoaded) {
        let consequence = "kubeadm ends before it changes anything, and Cluster API refuses the object.".to_owned();
        ("kubeadm", "kubeadm", "kubeadm does not load this configuration".to_owned(), consequence)
    } else {
        let consequence = format!("{component} ends and is started again by its supervisor without end.");
        (component, "the start-up", format!("{component} does not start"), consequence)
    };
    Finding::error(format!("{message}: {}", refusal.message))
        .at(&refusal.origin, format!("{ends} ends here"))
        .consequence(consequence)
        .demonstration(format!("{who} says: {}", refusal.message))
        .fix(fix(setup, refusal))
        .identity([refusal.message.clone()])
}

/// For the refusals that occur, what to type.
pub(super) fn fix(setup: &Setup, refusal: &Refusal) -> Fix {
    let written = refusal.origin.source();
    if refusal.is_for(RefusalKind::UnknownShorthand) {
        Fix::from("Begin the flag with two dashes.").flag(format!("-{written}"))
    } else if refusal.is_for(RefusalKind::UnbalancedQuote) {
        format!("Write {written} without the unbalanced quote.").into()
    } else if refusal.is_for(RefusalKind::NotLoaded) {
        let meant = setup.invocation.not_loaded.iter().find(|one| one.value.origin == refusal.origin);
        let meant = meant.map_or(written, |one| one.value.value.as_str());
        format!("Write \"{meant}\" with the quotes, where {written} stands.").into()
    } else if refusal.is_for(RefusalKind::BlankEntry) {
        format!("Take the empty entry out of {written}.").into()
    } else if refusal.is_for(RefusalKind::Overlap) {
        separate_ca(setup)
    } else if refusal.is_for(RefusalKind::MissingFile) && !is_of_front_proxy(setup, refusal) {
        // A CA of the cluster that were made anew would end every kubelet and kubeconfig.
        "Put the file there that the message names, from another control-plane node or a backup, or give the path where it \
         really is."
            .into()
    } else if refusal.is_for(RefusalKind::MissingFile) {
        make(setup).saying(|this| format!("{this} Or give the path where the file really is."))
    } else if let Some(path) = &refusal.path {
        good_copy(setup, path)
    } else {
        let flag = flag_around(setup, &refusal.origin);
        match flag.filter(|_| written.is_empty()) {
            Some(flag) => format!("Give {flag} a value that it takes, or leave it out.").into(),
            None => {
                let flag = flag.map(|flag| format!(" in {flag}")).unwrap_or_default();
                format!("Correct {written}{flag} as the message says.").into()
            }
        }
    }
}

/// In the place of a file that is there and of no use. Who starts the server may not be told the file by its words.
fn good_copy(setup: &Setup, path: &str) -> Fix {
    let is_of_client =
        [&setup.proxy_client.flag, &setup.proxy_client_key.flag].iter().any(|flag| flag.path() == Some(path));
    if is_of_client {
        return remake_client(setup).saying(|this| format!("{path} is of no use. {this}"));
    }
    format!("Correct {path}, or put a good copy there, from another control-plane node or a backup.").into()
}

/// The flag of which a place is the value, or a part of it.
fn flag_around<'a>(setup: &'a Setup, place: &Origin) -> Option<&'a str> {
    let arguments = &setup.invocation.arguments;
    // What stands between the places of two parts, an argument and a value of `env`, is not its own.
    let touches = |part: Range<usize>| part.contains(&place.range().start) || place.range() == (part.end..part.end);
    let holds = |text: &Text| Arc::ptr_eq(text.file(), place.file()) && text.sources().any(touches);
    let at = arguments.iter().position(|argument| holds(&argument.text))?;
    // `--feature-gates Name=x` is two arguments.
    let mut near = arguments.get(at.saturating_sub(1)..=at)?.iter().rev().map(|argument| argument.text.as_str());
    let flag = near.find(|text| text.starts_with("--"))?.split('=').next()?;
    (!place.source().starts_with("--")).then_some(flag)
}

/// Whether the file is one of those that `init` makes. All that a tool gives by itself stands in one place, so that tells
/// nothing.
fn is_of_front_proxy(setup: &Setup, refusal: &Refusal) -> bool {
    let own = [&setup.requestheader_client_ca.flag, &setup.proxy_client.flag, &setup.proxy_client_key.flag];
    let path = refusal.path.as_deref();
    path.is_some() && path != setup.client_ca.path() && own.iter().any(|flag| flag.path() == path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::testing::{CLIENT_CA, Cluster, Expect, FRONT_PROXY_CA, PROXY_CLIENT, PROXY_CLIENT_KEY, check};
    use crate::model::Lookup;
    use crate::source;

    const NAMES: &str = "requestheader-allowed-names";

    #[test]
    fn fails_with_one_dash_and_types_the_other() {
        let finding = check(&RULE, Cluster::new().server().without(NAMES).argument("-requestheader-allowed-names=a"))
            .expect_finding()
            .says("unknown shorthand flag: 'r'");
        assert_eq!(finding.fix.flags, ["--requestheader-allowed-names=a"]);
    }

    #[test]
    fn fails_with_what_no_other_rule_reports() {
        let cluster = Cluster::new();
        for (server, says) in [
            (cluster.server().set(NAMES, "\"front-proxy-client"), "parse error on line 1"),
            (cluster.server().set("requestheader-group-headers", "X-Remote-Group,"), "empty value in"),
            (cluster.server().file(PROXY_CLIENT, "garbage"), "tls: failed to find any PEM data"),
            (
                cluster
                    .server()
                    .set(NAMES, "")
                    .set("requestheader-username-headers", "")
                    .file(FRONT_PROXY_CA, &cluster.client_ca.pem),
                "overlapping certificates",
            ),
        ] {
            check(&RULE, &server).expect_finding().says(says);
        }
    }

    #[test]
    fn names_the_flag_of_which_a_part_is_wrong() {
        let wrong = Cluster::new().server().argument("--feature-gates=AllAlpha=x");
        let sentence = check(&RULE, wrong).expect_finding().fix.sentence;
        assert_eq!(sentence, "Correct AllAlpha=x in --feature-gates as the message says.");
        let empty = Cluster::new().server().argument("--request-timeout=");
        let sentence = check(&RULE, empty).expect_finding().fix.sentence;
        assert_eq!(sentence, "Give --request-timeout a value that it takes, or leave it out.");
    }

    /// The argument before it ends where its own value stands, behind both.
    #[test]
    fn names_the_flag_whose_value_is_empty_in_the_environment() {
        let pod = "kind: Pod\napiVersion: v1\nmetadata: {name: a}\nspec:\n  containers:\n  - command: [kube-apiserver]\n    \
                   args:\n    - --authorization-mode=$(MODE)\n    - --request-timeout=$(TIMEOUT)\n    env:\n    - {name: \
                   MODE, value: RBAC}\n    - {name: TIMEOUT, value: \"\"}\n";
        let documents = source::read(&SourceFile::new("pod.yaml", pod), None, &source::NoSurroundings).unwrap();
        let Some(source::Document::Invocation(pod)) = documents.into_iter().next() else { panic!("no invocation") };
        let setup = Setup::load(pod, &Lookup::default());
        let refusals = refusals(&setup).unwrap();
        let [refusal] = refusals.as_slice() else { panic!("{refusals:?}") };
        let sentence = fix(&setup, refusal).sentence;
        assert_eq!(sentence, "Give --request-timeout a value that it takes, or leave it out.");
    }

    #[test]
    fn names_the_file_that_is_of_no_use_and_makes_it_anew() {
        let cluster = Cluster::new();
        for (path, command) in [
            (PROXY_CLIENT_KEY, "aggcert renew /etc/kubernetes/pki"),
            (PROXY_CLIENT, "aggcert renew /etc/kubernetes/pki --client-common-name front-proxy-client"),
        ] {
            let fix = check(&RULE, cluster.server().file(path, "garbage")).expect_finding().fix;
            assert!(fix.sentence.starts_with(&format!("{path} is of no use. ")), "{fix}");
            assert_eq!(fix.commands, [command]);
        }
    }

    #[test]
    fn passes_when_the_server_starts() {
        check(&RULE, Cluster::new().server()).expect_pass();
    }

    #[test]
    fn does_not_apply_where_another_rule_reports_the_refusal() {
        let cluster = Cluster::new();
        let other = cluster.front_proxy_ca.client("front-proxy-client");
        for (server, rule) in [
            (cluster.server().set(NAMES, "front-proxy-client,"), "allowed-names-blank-entry"),
            (cluster.server().argument("--requestheader-allowed-name=a"), "flag-unknown"),
            (cluster.server().file(CLIENT_CA, ""), "ca-bundle-unreadable"),
            (cluster.server().set("requestheader-uid-headers", "X-Id"), "requestheader-headers-nonstandard"),
            (cluster.server().file(PROXY_CLIENT, &other.pem), "proxy-client-key-mismatch"),
            (cluster.server().set(NAMES, "").file(FRONT_PROXY_CA, &cluster.client_ca.pem), "identity-spoofable"),
        ] {
            let why = check(&RULE, &server).expect_not_applicable();
            assert_eq!(why, format!("it does not start, which {rule} reports"));
        }
    }

    #[test]
    fn is_unknown_when_a_bundle_was_not_looked_at() {
        check(&RULE, Cluster::new().server().without_file(CLIENT_CA)).expect_unknown();
    }
}
