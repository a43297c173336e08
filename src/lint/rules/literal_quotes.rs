//! Quotes that nobody took away.

use crate::lint::facts::flags::{PathSeen, characters, meant_path, paths};
use crate::lint::facts::wording::correct_names;
use crate::lint::prelude::*;

const ALLOWED_NAMES: &str = "requestheader-allowed-names";

pub(super) static RULE: Rule = Rule {
    id: "literal-quotes",
    severity: Severity::Error,
    text: include_str!("../../../docs/rules/literal-quotes.md"),
    checks: &[Check::Server(|setup, _| judge(setup).into())],
};

fn judge(setup: &Setup) -> Judged {
    let paths = paths(setup);
    let names = setup.options.requestheader_allowed_names.given().map(|given| given.value.value.as_slice());
    if names.is_none_or(<[_]>::is_empty) && !paths.iter().any(|(flag, _)| flag.is_path_given()) {
        return Err(not_applicable("no path and no name is given"));
    }
    // One may have quotes in its name, and then nothing is wrong.
    let in_paths = paths.into_iter().filter(|(_, seen)| *seen != PathSeen::Loaded).filter_map(|(flag, _)| {
        let path = &flag.setting().given()?.value;
        Some(in_path(flag.name, path, &quote_in_path(path)?))
    });
    let in_names = names.unwrap_or_default().iter().filter_map(|name| {
        Some(in_name(
            setup,
            names.unwrap_or_default(),
            name,
            &quote_around(name, '\'').or_else(|| quote_around(name, '"'))?,
        ))
    });
    Ok(in_paths.chain(in_names).collect())
}

/// Where a double quote is, or a single one at either end; an apostrophe inside a path may be meant.
fn quote_in_path(path: &Located<String>) -> Option<Origin> {
    let double = path.value.find('"').map(|at| characters(path, at..at + 1));
    double.or_else(|| quote_around(path, '\''))
}

fn quote_around(value: &Located<String>, quote: char) -> Option<Origin> {
    if value.value.starts_with(quote) {
        Some(characters(value, 0..1))
    } else if value.value.ends_with(quote) {
        Some(characters(value, value.value.len() - 1..value.value.len()))
    } else {
        None
    }
}

fn without_quotes(value: &str) -> &str {
    value.trim_matches(['"', '\''])
}

fn in_path(flag: &str, path: &Located<String>, quote: &Origin) -> Finding {
    Finding::error(format!("the path of --{flag} has quotes in it: {}", path.value))
        .at(quote, "this quote is part of the path")
        .consequence(format!(
            "kube-apiserver looks for a file whose name has quotes, not for {}, and does not start.",
            without_quotes(&path.value)
        ))
        .demonstration(format!("kube-apiserver says: open {}: no such file or directory", path.value))
        .fix(
            Fix::from("Write the path without quotes in it; whether the file is there was not looked at.")
                .flag(format!("--{flag}={}", meant_path(&path.value))),
        )
        .identity([flag])
}

fn in_name(setup: &Setup, all: &[Located<String>], name: &Located<String>, quote: &Origin) -> Finding {
    let meant = without_quotes(&name.value);
    Finding::warning(format!("--{ALLOWED_NAMES} allows the name {}, quotes included", name.value))
        .at(quote, "this quote is part of the name")
        .consequence(format!("A certificate with the common name {meant:?} is not accepted by this entry."))
        .fix(correct_names(setup, "List the names without blanks and quotes around them.", all))
        .identity([ALLOWED_NAMES.to_owned(), name.value.clone()])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::testing::{CLIENT_CA, Cluster, Expect, check};

    #[test]
    fn fails_with_quotes_around_a_path_and_points_at_the_first() {
        let finding = check(&RULE, Cluster::new().server().set("client-ca-file", "\"/etc/kubernetes/pki/ca.crt\""))
            .expect_finding();
        assert_eq!((finding.severity, finding.origin.source()), (Severity::Error, "\""));
        assert_eq!(finding.origin.start(), (2, "--client-ca-file=".len() + 1));
        assert_eq!(finding.fix.flags, ["--client-ca-file=/etc/kubernetes/pki/ca.crt"]);
    }

    #[test]
    fn fails_with_single_quotes_around_a_name() {
        let finding = check(&RULE, Cluster::new().server().set(ALLOWED_NAMES, "'front-proxy-client'")).expect_finding();
        assert_eq!((finding.severity, finding.origin.source()), (Severity::Warning, "'"));
    }

    #[test]
    fn quotes_around_nothing_are_not_fixed_by_allowing_every_name() {
        let finding = check(&RULE, Cluster::new().server().set(ALLOWED_NAMES, "''")).expect_finding();
        assert_eq!(finding.fix.flags, ["--requestheader-allowed-names=front-proxy-client"]);
    }

    #[test]
    fn passes_where_csv_takes_the_quotes_away() {
        check(&RULE, Cluster::new().server().set(ALLOWED_NAMES, "\"front-proxy-client\"")).expect_pass();
    }

    #[test]
    fn passes_where_the_file_has_quotes_in_its_name() {
        let cluster = Cluster::new();
        let path = format!("\"{CLIENT_CA}\"");
        check(&RULE, cluster.server().set("client-ca-file", &path).file(&path, &cluster.client_ca.pem)).expect_pass();
    }

    #[test]
    fn passes_with_an_apostrophe_inside_a_path() {
        check(&RULE, Cluster::new().server().set("client-ca-file", "/home/o'brien/ca.crt")).expect_pass();
    }

    #[test]
    fn does_not_apply_without_paths_and_names() {
        use crate::kubernetes::Component;
        use crate::lint::testing::SetupBuilder;
        check(&RULE, SetupBuilder::new(Component::KubeApiserver, &["--requestheader-username-headers=\"a\""]))
            .expect_not_applicable();
    }
}
