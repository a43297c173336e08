//! One fix for each flag: where two findings of a kube-apiserver give one flag two values, the later would undo what the
//! earlier has just mended.

use std::cmp::Reverse;

use crate::kubernetes::Component;

use super::facts::flags::name_of;
use super::{Finding, Fix, Judgement, Outcome, Rule, Severity};

/// What comes with a CA of the front proxy's own.
const OF_OWN_CA: [&str; 4] =
    ["requestheader-client-ca-file", "requestheader-allowed-names", "proxy-client-cert-file", "proxy-client-key-file"];

/// Has the finding that gives the front proxy a CA of its own speak for all about its flags, or wait for those that are graver,
/// and any other before `flag-repeated`, which knows no better value than the one that counts today. To be called when it is
/// known which findings are told.
pub(super) fn settle(judgement: &mut Judgement) {
    if judgement.kind != Component::KubeApiserver.name() {
        return;
    }
    if let Some((rule, severity)) = gravest(judgement, |finding| finding.fix.own_ca) {
        let is_graver = |finding: &Finding| is_of_the_one_before(&finding.fix) && finding.severity > severity;
        if let Some((first, _)) = gravest(judgement, is_graver) {
            let sentence = format!(
                "First do what {} says: what does not work now comes before a CA of the front proxy's own. Then check again.",
                first.id
            );
            replace(judgement, |fix| fix.own_ca, &sentence);
        } else {
            let sentence = format!(
                "That goes away with the fix of {}: the CA of the front proxy's own comes with a client, names and files.",
                rule.id
            );
            replace(judgement, is_of_the_one_before, &sentence);
        }
    }
    by_turns(judgement);
    let given: Vec<(&'static Rule, String)> = judgement
        .findings()
        .filter(|(rule, _)| rule.id != REPEATED)
        .flat_map(|(rule, finding)| finding.fix.flags.iter().map(move |flag| (rule, flag.clone())))
        .collect();
    others(judgement, |rule, fix| {
        let [flag] = fix.flags.as_slice() else { return };
        let meant = given.iter().find(|(_, other)| rule.id == REPEATED && name_of(other) == name_of(flag));
        if let Some((rule, flag)) = meant {
            *fix = Fix::from(format!("Write the flag once, with the value that {} gives it.", rule.id)).flag(flag);
        }
    });
}

const REPEATED: &str = "flag-repeated";

/// Has a finding that gives a flag another value than a graver one, or one before it, wait for that.
fn by_turns(judgement: &mut Judgement) {
    let mut findings: Vec<(&'static Rule, &mut Finding)> = Vec::new();
    for outcome in judgement.outcomes.iter_mut().filter(|outcome| outcome.rule.id != REPEATED) {
        if let Outcome::Fail(found) = &mut outcome.outcome {
            findings.extend(found.iter_mut().map(|finding| (outcome.rule, finding)));
        }
    }
    findings.sort_by_key(|(_, finding)| Reverse(finding.severity));
    let mut given: Vec<(&'static Rule, String)> = Vec::new();
    for (rule, finding) in findings {
        let is_another = |flag: &String, other: &String| flag != other && name_of(flag) == name_of(other);
        let has_another = |(_, other): &&(_, String)| finding.fix.flags.iter().any(|flag| is_another(flag, other));
        if let Some((first, flag)) = given.iter().find(has_another) {
            let sentence = format!(
                "First do what {} says, which gives --{} another value, and check again. Then, where it is still said: {}",
                first.id,
                name_of(flag),
                finding.fix.sentence
            );
            finding.fix = Fix::from(sentence);
        }
        given.extend(finding.fix.flags.iter().map(|flag| (rule, flag.clone())));
    }
}

/// The rule and the severity of the gravest finding of a kind.
fn gravest(judgement: &Judgement, is_it: impl Fn(&Finding) -> bool) -> Option<(&'static Rule, Severity)> {
    let mut gravest: Option<(&'static Rule, Severity)> = None;
    for (rule, finding) in judgement.findings().filter(|(_, finding)| is_it(finding)) {
        if gravest.is_none_or(|(_, severity)| severity < finding.severity) {
            gravest = Some((rule, finding.severity));
        }
    }
    gravest
}

/// Whether it changes what comes with a CA of its own, or issues from the one before, and gives none.
fn is_of_the_one_before(fix: &Fix) -> bool {
    let is_of_front_proxy = fix.flags.iter().any(|flag| OF_OWN_CA.contains(&name_of(flag)))
        || fix.commands.iter().any(|command| command.starts_with("aggcert "));
    !fix.own_ca && is_of_front_proxy
}

/// Says something in the place of the fixes of a kind.
fn replace(judgement: &mut Judgement, is_it: impl Fn(&Fix) -> bool, sentence: &str) {
    others(judgement, |_, fix| {
        if is_it(fix) {
            *fix = Fix::from(sentence);
        }
    });
}

fn others(judgement: &mut Judgement, mut change: impl FnMut(&'static Rule, &mut Fix)) {
    for outcome in &mut judgement.outcomes {
        if let Outcome::Fail(findings) = &mut outcome.outcome {
            findings.iter_mut().for_each(|finding| change(outcome.rule, &mut finding.fix));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::testing::{CLIENT_CA, Cluster, Issued, NOW, PROXY_CLIENT, SetupBuilder};
    use crate::lint::{Beside, Context, Target, judge};
    use crate::model::Objects;
    use time::Duration;

    /// What is printed for each rule that finds something.
    fn fixes(server: &SetupBuilder) -> Vec<(&'static str, Fix)> {
        let setup = server.setup();
        let context = Context::new(Beside::nothing(), Objects::NONE, NOW, Duration::days(30));
        let mut judgement = judge(Target::Server(&setup), &context).unwrap();
        settle(&mut judgement);
        judgement.findings().map(|(rule, finding)| (rule.id, finding.fix.clone())).collect()
    }

    /// All flags, in the order in which a person types them.
    fn of_flag(fixes: &[(&'static str, Fix)], flag: &str) -> Vec<String> {
        let flags = fixes.iter().flat_map(|(_, fix)| fix.flags.iter());
        let mut values: Vec<String> = flags.filter(|one| name_of(one) == flag).cloned().collect();
        values.dedup();
        values
    }

    #[test]
    fn a_ca_of_its_own_is_not_undone_by_the_value_that_counts_today() {
        let cluster = Cluster::new();
        let repeated = cluster
            .server()
            .argument(&format!("--requestheader-client-ca-file={CLIENT_CA}"))
            .argument("--requestheader-allowed-names=other");
        let fixes = fixes(&repeated);
        assert_eq!(fixes.iter().filter(|(id, _)| *id == "flag-repeated").count(), 2, "{fixes:#?}");
        for (flag, value) in [
            ("requestheader-client-ca-file", "/etc/kubernetes/pki/front-proxy/front-proxy-ca.crt"),
            ("requestheader-allowed-names", "front-proxy-client"),
        ] {
            assert_eq!(of_flag(&fixes, flag), [format!("--{flag}={value}")]);
        }
    }

    #[test]
    fn no_client_of_the_old_ca_is_issued_beside_a_new_one() {
        let root = Issued::ca("root");
        let cluster = Cluster { client_ca: root.intermediate("kubernetes"), ..Cluster::new() };
        let cluster = cluster.with_front_proxy_ca(root.intermediate("front-proxy-ca"));
        // The server's certificate in the place of the client's.
        let serving = cluster.client_ca.client("kube-apiserver");
        let server = cluster.server().file(PROXY_CLIENT, &serving.pem);
        let fixes = fixes(&server.file("/etc/kubernetes/pki/root.crt", &root.pem));
        let found = |id: &str| fixes.iter().find(|(rule, _)| *rule == id).map(|(_, fix)| fix.clone()).unwrap();
        // The root is a warning, and what does not work an error.
        let shared = found("shared-root");
        assert!(shared.sentence.starts_with("First do what proxy-client-untrusted says: "), "{shared}");
        let commands: Vec<&String> = fixes.iter().flat_map(|(_, fix)| &fix.commands).collect();
        assert!(!commands.is_empty() && !commands.iter().any(|command| command.contains("front-proxy")), "{fixes:#?}");
        let reused =
            cluster.server().set("requestheader-client-ca-file", CLIENT_CA).set("requestheader-allowed-names", "other");
        let fixes = self::fixes(&reused.file("/etc/kubernetes/pki/root.crt", &root.pem));
        let errors = fixes.iter().filter(|(_, fix)| fix.sentence.starts_with("That goes away with the fix of "));
        assert!(errors.count() > 0 && fixes.iter().any(|(_, fix)| fix.own_ca), "{fixes:#?}");
    }

    /// A client with another name, and the key that the pair of now lacks.
    #[test]
    fn of_two_values_of_one_flag_the_graver_finding_has_the_say() {
        let cluster = Cluster::new();
        let client = cluster.front_proxy_ca.client("system:masters");
        let server = cluster.server().file("/srv/x.crt", &client.pem).set("proxy-client-cert-file", "/srv/x.crt");
        let server = server.set("requestheader-allowed-names", "system:masters,front-proxy-client");
        let fixes = fixes(&server.without("proxy-client-key-file").file("/srv/x.key", &client.key_pem));
        assert_eq!(of_flag(&fixes, "proxy-client-key-file"), ["--proxy-client-key-file=/srv/x.key"], "{fixes:#?}");
        let (_, waits) = fixes.iter().find(|(id, _)| *id == "allowed-names-too-wide").unwrap();
        let first = "First do what proxy-client-missing says, which gives --proxy-client-key-file another value";
        assert!(waits.commands.is_empty() && waits.sentence.starts_with(first), "{waits}");
    }

    /// Nothing is given a CA of its own here: the list without the empty name counts.
    #[test]
    fn a_repeated_flag_gets_the_value_of_the_other_finding() {
        let names = Cluster::new().server().set("requestheader-allowed-names", "\"\"");
        let fixes = fixes(&names.argument("--requestheader-allowed-names=front-proxy-client"));
        assert!(fixes.iter().any(|(id, _)| *id == "flag-repeated"), "{fixes:#?}");
        assert_eq!(
            of_flag(&fixes, "requestheader-allowed-names"),
            ["--requestheader-allowed-names=front-proxy-client"],
            "{fixes:#?}"
        );
    }
}
