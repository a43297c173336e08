//! A blank beside a name is part of the name.

use crate::lint::facts::flags::{characters, list_flag, meant_names};
use crate::lint::facts::init_command::renew_client_with;
use crate::lint::facts::wording::correct_names;
use crate::lint::prelude::*;

const FLAG: &str = "requestheader-allowed-names";

pub(super) static RULE: Rule = Rule {
    id: "allowed-names-whitespace",
    severity: Severity::Warning,
    text: include_str!("../../../docs/rules/allowed-names-whitespace.md"),
    checks: &[Check::Trust(|setup, _| judge(setup).into())],
};

fn judge(setup: &Setup) -> Judged {
    let names = entries(FLAG, &setup.options.requestheader_allowed_names)?;
    if names.is_empty() {
        return Err(not_applicable("no name is listed"));
    }
    let fix = fix(setup, names);
    Ok(names
        .iter()
        .filter(|name| name.value.trim() != name.value && !name.value.trim().is_empty())
        .map(|name| finding(setup, name, fix.clone()))
        .collect())
}

/// The name of the client that is in use stays until it has another.
fn fix(setup: &Setup, names: &[Located<String>]) -> Fix {
    let client = setup.proxy_client.loaded().map(|client| client.leaf.value.subject.common_name());
    let in_use = client.filter(|client| client.trim() != *client && names.iter().any(|name| name.value == *client));
    let Some(name) = in_use else {
        return correct_names(setup, "List the names without blanks and quotes around them.", names);
    };
    if names.iter().any(|other| other.value == name.trim()) {
        return renew_client_with(setup, &["--client-common-name", name.trim()]).saying(|this| {
            format!("{this} When every kube-apiserver shows the new name, take the old one out of the list.")
        });
    }
    let mut meant = meant_names(names);
    meant.push(name);
    let sentence = "The proxy client in use has this name. List it without the blanks beside it; then check again.";
    Fix::from(sentence).flag(list_flag(FLAG, &meant))
}

fn finding(setup: &Setup, name: &Located<String>, fix: Fix) -> Finding {
    Finding::warning(format!(
        "{} allows {:?}, which is not the name {:?}",
        setup.called(FLAG),
        name.value,
        name.value.trim()
    ))
    .at(&blanks(name), "this white space is part of the name")
    .consequence(format!(
        "A certificate with the common name {:?} is not accepted as a front proxy by this entry.",
        name.value.trim()
    ))
    .fix(fix)
    .identity([FLAG.to_owned(), name.value.clone()])
}

/// The white space before the name, or else behind it.
fn blanks(name: &Located<String>) -> Origin {
    let value = &name.value;
    let before = value.len() - value.trim_start().len();
    if before > 0 { characters(name, 0..before) } else { characters(name, value.trim_end().len()..value.len()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::testing::{Cluster, Expect, PROXY_CLIENT, check};

    #[test]
    fn fails_and_points_at_the_blank() {
        let finding = check(&RULE, Cluster::new().server().set(FLAG, "a, front-proxy-client")).expect_finding();
        assert_eq!(finding.origin.source(), " ");
        assert_eq!(finding.origin.start(), (4, "--requestheader-allowed-names=a,".len() + 1));
        assert_eq!(finding.fix.flags, ["--requestheader-allowed-names=a,front-proxy-client"]);
    }

    #[test]
    fn fails_with_a_blank_behind_the_name() {
        assert_eq!(check(&RULE, Cluster::new().server().set(FLAG, "a ,b")).expect_finding().origin.source(), " ");
    }

    /// The certificate of the client that is in use has the blank, too.
    #[test]
    fn keeps_the_name_in_use_until_the_client_has_another() {
        let cluster = Cluster::new();
        let client = cluster.front_proxy_ca.client("proxy ");
        let fix = |names: &str| {
            let server = cluster.server().set(FLAG, names).file(PROXY_CLIENT, &client.pem);
            check(&RULE, server).expect_finding().fix
        };
        assert_eq!(fix("proxy ").flags, ["--requestheader-allowed-names=proxy,proxy "]);
        let both = fix("proxy,proxy ");
        assert!(both.flags.is_empty() && both.commands[0].ends_with("--client-common-name proxy"), "{both}");
    }

    #[test]
    fn passes_with_a_blank_inside_a_name() {
        check(&RULE, Cluster::new().server().set(FLAG, "front proxy")).expect_pass();
    }

    #[test]
    fn passes_where_an_entry_is_nothing_but_blanks_because_another_rule_says_so() {
        check(&RULE, Cluster::new().server().set(FLAG, "a, ")).expect_pass();
    }

    #[test]
    fn does_not_apply_without_names() {
        check(&RULE, Cluster::new().server().set(FLAG, "")).expect_not_applicable();
    }
}
