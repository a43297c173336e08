//! An empty string in the list of names is an error to the server, not "no names".

use crate::lint::facts::config_map_patch::write_names;
use crate::lint::facts::flags::{name_of, shown};
use crate::lint::facts::wording::correct_names;
use crate::lint::prelude::*;
use crate::text::Text;

const FLAG: &str = "requestheader-allowed-names";

pub(super) static RULE: Rule = Rule {
    id: "allowed-names-blank-entry",
    severity: Severity::Error,
    text: include_str!("../../../docs/rules/allowed-names-blank-entry.md"),
    checks: &[
        Check::Server(|setup, _| judge(setup, |names, first, others| refused(setup, names, first, others)).into()),
        Check::ConfigMap(|config_map, _| {
            judge(config_map.reader(), |names, first, _| published(config_map, names, first)).into()
        }),
    ],
};

type Name = Located<String>;

/// `tell` gets all names, the first blank one and those behind it.
fn judge(setup: &Setup, tell: impl FnOnce(&[Name], &Name, &[&Name]) -> Finding) -> Judged {
    let names = entries(FLAG, &setup.options.requestheader_allowed_names)?;
    let blank: Vec<_> = names.iter().filter(|name| name.value.trim().is_empty()).collect();
    Ok(blank.split_first().map(|(first, others)| tell(names, first, others)).into_iter().collect())
}

fn refused(setup: &Setup, names: &[Name], first: &Name, others: &[&Name]) -> Finding {
    let whole = setup.options.requestheader_allowed_names.given().map(|given| &given.value.origin);
    // Nothing stands where an empty entry is; then the whole value is shown.
    let visible = |entry: &Name| whole.filter(|_| entry.origin.range().is_empty()).unwrap_or(&entry.origin).clone();
    Finding::error(format!("--{FLAG} holds {}: kube-apiserver refuses an empty entry and does not start", shown(names)))
        .at(&visible(first), "this entry is empty")
        .related(others.iter().map(|name| related(&visible(name), "so is this one")))
        .consequence(
            "kube-apiserver ends right after it has read its flags; this node has no API server until the flag is \
             fixed.",
        )
        .demonstration(format!("kube-apiserver says: empty value in {FLAG:?}"))
        .fix(fix(setup, names))
        .identity([FLAG])
}

fn fix(setup: &Setup, names: &[Name]) -> Fix {
    let behind = behind_a_blank(setup);
    if behind.is_empty() {
        return correct_names(setup, "List the names without the empty entry.", names);
    }
    correct_names(setup, "Write the list as one word: a blank ends it.", &[names, &behind].concat())
}

/// Names that a blank behind a comma has made arguments of their own.
fn behind_a_blank(setup: &Setup) -> Vec<Name> {
    let mut arguments = setup.invocation.arguments.iter().map(|argument| &argument.text);
    let list = arguments.find(|text| name_of(text.as_str()) == FLAG).map(Text::as_str);
    // Without `=` the value is the next word; a name twice is one.
    let mut goes_on = list.is_some_and(|list| list.ends_with(',') || !list.contains('='));
    let mut names = Vec::new();
    for text in arguments.take_while(|text| !text.as_str().starts_with('-')) {
        if !std::mem::replace(&mut goes_on, text.as_str().ends_with(',')) {
            break;
        }
        names.extend(text.as_str().split(',').map(|name| Located::new(name.trim().to_owned(), text.origin())));
    }
    names
}

/// The same in the ConfigMap, where nobody refuses it: a name like every other, which certificates without a common
/// name carry (`verifySubject` of k8s.io/apiserver's `x509.Verifier`). kube-apiserver takes no name out that another
/// wrote.
fn published(config_map: &ConfigMap, names: &[Name], first: &Name) -> Finding {
    let left: Vec<&str> = names.iter().map(|name| name.value.as_str()).filter(|name| !name.trim().is_empty()).collect();
    let all_are_blank = left.is_empty();
    let (severity, consequence) = if all_are_blank {
        (Severity::Error, "Extension API servers refuse every front proxy that has a common name, with 401.")
    } else {
        (Severity::Warning, "Certificates of the requestheader CA without a common name are front proxies too.")
    };
    Finding::new(severity, format!("{FLAG} holds {}: an empty entry is a name, not \"any name\"", shown(names)))
        .at(&first.origin, "this entry is empty")
        .consequence(consequence)
        .demonstration(all_are_blank.then(|| {
            "an extension API server says of CN=front-proxy-client: x509: subject with cn=front-proxy-client is not in \
             the allowed list"
                .to_owned()
        }))
        .fix(write_names(config_map, left))
        .identity([FLAG])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::testing::{Cluster, Expect, check};

    #[test]
    fn fails_with_quotes_a_trailing_comma_and_a_blank() {
        for (value, fix) in [
            ("front-proxy-client,", "--requestheader-allowed-names=front-proxy-client"),
            ("a,,b", "--requestheader-allowed-names=a,b"),
            ("\"\"", "--requestheader-allowed-names=front-proxy-client"),
            (" ", "--requestheader-allowed-names=front-proxy-client"),
        ] {
            let finding = check(&RULE, Cluster::new().server().set(FLAG, value)).expect_finding();
            assert!(finding.fix.flags[0] == fix, "{value}: {}", finding.fix);
            assert_eq!(finding.origin.start().0, 4, "{value}");
        }
    }

    #[test]
    fn keeps_the_names_behind_a_blank() {
        let server = Cluster::new().server().without(FLAG).argument("--requestheader-allowed-names=a,");
        let server = server.argument("front-proxy-client,").argument("b").argument("c").argument("--v=2");
        let finding = check(&RULE, &server).expect_finding();
        assert_eq!(finding.fix.flags, ["--requestheader-allowed-names=a,front-proxy-client,b"]);
    }

    #[test]
    fn fails_in_the_config_map_where_it_is_a_name() {
        let config_map = Cluster::new().config_map();
        for (list, severity) in [(r#"[""]"#, Severity::Error), (r#"["a", ""]"#, Severity::Warning)] {
            let finding = check(&RULE, config_map.clone().set(FLAG, list)).expect_finding();
            assert_eq!(finding.severity, severity, "{list}");
            // Without the key every name would be allowed.
            assert!(!finding.fix.to_string().contains("null"), "{list}: {}", finding.fix);
        }
    }

    #[test]
    fn passes_with_names_and_with_an_empty_list() {
        for value in ["front-proxy-client", "", "a,b", "\"a\""] {
            check(&RULE, Cluster::new().server().set(FLAG, value)).expect_pass();
        }
        check(&RULE, Cluster::new().server().without(FLAG)).expect_pass();
    }

    #[test]
    fn does_not_apply_to_an_expression() {
        check(&RULE, Cluster::new().server().set(FLAG, "{{ names }}")).expect_unknown();
    }
}
