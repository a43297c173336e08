//! Which value counts when a flag stands there twice.

use crate::lint::facts::flags::{PathSeen, paths, shown};
use crate::lint::facts::look::with_flags;
use crate::lint::prelude::*;
use crate::model::Repetition;

pub(super) static RULE: Rule = Rule {
    id: "flag-repeated",
    severity: Severity::Warning,
    text: include_str!("../../../docs/rules/flag-repeated.md"),
    checks: &[Check::Server(check)],
};

fn check(setup: &Setup, _: &Context<'_>) -> Outcome {
    match with_flags(setup) {
        Ok(setup) if setup.options.repeated.is_empty() => Outcome::Pass,
        Ok(setup) => together(setup.options.repeated.iter().map(|repetition| judge(setup, repetition))),
        Err(outcome) => outcome,
    }
}

fn judge(setup: &Setup, repetition: &Repetition) -> Judged {
    if repetition.may_exclude {
        let flag = repetition.flag;
        return Err(Outcome::undecided(format!(
            "--{flag} is written more than once, perhaps in branches of a template"
        )));
    }
    Ok(finding(setup, repetition).into_iter().collect())
}

fn finding(setup: &Setup, repetition: &Repetition) -> Option<Finding> {
    let Repetition { flag, values, joins, .. } = repetition;
    let (last, earlier) = values.split_last()?;
    let same = earlier.iter().all(|value| value.value == last.value);
    let (in_force, label) = if *joins {
        (format!("the lists are joined: {} all count", shown(values)), "joined with the earlier values")
    } else {
        (format!("only the last value counts: {:?}", last.value), "this value counts")
    };
    let consequence = match (*joins, same) {
        (_, true) => "The values are the same, so nothing changes; the next change to one of them will.".to_owned(),
        (true, _) if values.iter().any(|value| value.value.is_empty()) => {
            "An empty value neither adds to the list nor empties it: the names of the other occurrences stay."
                .to_owned()
        }
        (true, _) => "What looks like a replacement adds to the list.".to_owned(),
        (false, _) => {
            let lost: Vec<String> = earlier.iter().map(|value| format!("{:?}", value.value)).collect();
            format!("kube-apiserver does not use {}.", lost.join(", "))
        }
    };
    Some(
        Finding::new(
            if same { Severity::Note } else { Severity::Warning },
            format!("--{flag} is given {} times; {in_force}", values.len()),
        )
        .at(&last.origin, label)
        .related(earlier.iter().map(|value| Related {
            origin: value.origin.clone(),
            label: if *joins { "counts too" } else { "does not count" }.to_owned(),
        }))
        .consequence(consequence)
        .fix(fix(setup, repetition, same)?)
        .identity([(*flag)]),
    )
}

/// `None`: it is given once.
fn fix(setup: &Setup, Repetition { flag, values, joins, .. }: &Repetition, same: bool) -> Option<Fix> {
    if *joins {
        let values: Vec<&str> =
            values.iter().map(|value| value.value.as_str()).filter(|value| !value.is_empty()).collect();
        return Some(Fix::from("Write the flag once.").flag(format!("--{flag}={}", values.join(","))));
    }
    let last = &values.last()?.value;
    let leads_to_nothing = |(path, seen): &(&PathFlag, PathSeen)| path.name == *flag && *seen == PathSeen::Unusable;
    if paths(setup).iter().any(leads_to_nothing) {
        let sentence =
            format!("Write the flag once, with the value that is meant: {last}, which counts today, is of no use.");
        return Some(Fix::from(sentence));
    }
    let sentence = match same {
        true => "Write the flag once.",
        false => "Write the flag once, with the value that is meant. With the one that counts today:",
    };
    Some(Fix::from(sentence).flag(format!("--{flag}={last}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kubernetes::Component;
    use crate::lint::testing::{Cluster, Expect, SetupBuilder, check};
    use crate::model::{Lookup, Setup};
    use crate::source::{Document, NoSurroundings};
    use crate::text::SourceFile;

    fn read(name: &str, text: &str) -> Setup {
        let documents = crate::source::read(&SourceFile::new(name, text), None, &NoSurroundings).unwrap();
        let [Document::Invocation(invocation)] = documents.as_slice() else { panic!("{documents:?}") };
        Setup::load(invocation.clone(), &Lookup::default())
    }

    #[test]
    fn fails_with_two_paths_and_says_that_the_last_one_counts() {
        let cluster = Cluster::new();
        let twice = cluster.server().argument("--client-ca-file=/other.crt");
        let finding = check(&RULE, twice.clone().file("/other.crt", &cluster.client_ca.pem))
            .expect_warning()
            .says("only the last value counts: \"/other.crt\"");
        assert_eq!(finding.related.len(), 1);
        assert_eq!(finding.fix.flags, ["--client-ca-file=/other.crt"]);
        // With it the server does not start.
        let fix = check(&RULE, twice.file("/other.crt", "no PEM")).expect_warning().fix;
        assert!(fix.flags.is_empty() && fix.sentence.contains("/other.crt, which counts today, is of no use"), "{fix}");
    }

    #[test]
    fn fails_with_an_empty_list_behind_a_list() {
        let finding = check(&RULE, Cluster::new().server().argument("--requestheader-allowed-names="))
            .expect_finding()
            .explains("neither adds");
        assert_eq!(finding.fix.flags, ["--requestheader-allowed-names=front-proxy-client"]);
    }

    #[test]
    fn fails_as_a_note_when_the_values_are_the_same() {
        assert_eq!(
            check(&RULE, Cluster::new().server().argument("--requestheader-group-headers=X-Remote-Group"))
                .expect_finding()
                .severity,
            Severity::Note
        );
    }

    #[test]
    fn passes_with_each_flag_once() {
        check(&RULE, Cluster::new().server()).expect_pass();
    }

    #[test]
    fn passes_with_one_list_in_a_map_of_flags() {
        let yaml = "kind: KubeAPIServerConfig\napiServerArguments:\n  requestheader-allowed-names: [one, two]\n  \
                    client-ca-file: [/a, /b]\n";
        let finding = check(&RULE, read("config.yaml", yaml)).expect_finding();
        assert_eq!(finding.identity, ["client-ca-file"]);
        let yaml = yaml.replace(", /b", "");
        check(&RULE, read("config.yaml", &yaml)).expect_pass();
    }

    #[test]
    fn fails_when_a_variable_with_a_list_stands_there_twice() {
        let script = "A=--requestheader-allowed-names=one\nkube-apiserver $A $A\n";
        assert_eq!(check(&RULE, read("start.sh", script)).expect_finding().severity, Severity::Note);
    }

    #[test]
    fn is_unknown_in_branches_of_a_template() {
        let unit = "[Service]\nExecStart=/kube-apiserver \\\n{% if own %}\n --client-ca-file={{ own }} \\\n{% endif %}\n\
                    {% if other %}\n --client-ca-file={{ ca }} \\\n{% endif %}\n -v=2\n";
        check(&RULE, read("unit.service", unit)).expect_unknown();
        // Conditions that exclude each other are not compared.
        let unit = unit.replace("{{ own }}", "/own.crt").replace("{{ ca }}", "/ca.crt");
        check(&RULE, read("unit.service", &unit)).expect_unknown();
    }

    #[test]
    fn passes_with_a_flag_in_each_branch_of_one_if() {
        let unit = "[Service]\nExecStart=/kube-apiserver \\\n{% if own %}\n --client-ca-file=/own.crt \\\n{% else %}\n \
                    --client-ca-file=/ca.crt \\\n{% endif %}\n -v=2\n";
        check(&RULE, read("unit.service", unit)).expect_pass();
    }

    #[test]
    fn passes_with_repeated_flags_that_do_not_matter_here() {
        check(&RULE, Cluster::new().server().argument("--v=2").argument("--v=4")).expect_pass();
    }

    #[test]
    fn does_not_apply_without_flags() {
        check(&RULE, SetupBuilder::new(Component::KubeApiserver, &[])).expect_not_applicable();
    }
}
