//! An ignore of `aggcert.toml` that no longer holds.

use crate::lint::Policy;
use crate::lint::prelude::*;

pub(super) static RULE: Rule = Rule {
    id: "ignore-expired",
    severity: Severity::Warning,
    text: include_str!("../../../docs/rules/ignore-expired.md"),
    checks: &[Check::Policy(check)],
};

fn check(policy: &Policy, context: &Context<'_>) -> Outcome {
    if policy.ignores() == 0 {
        return not_applicable("nothing is accepted");
    }
    let findings: Vec<Finding> = policy
        .expired(context.now)
        .map(|(ignore, until)| {
            Finding::new(RULE.severity, format!("the ignore of `{}` ended on {}", ignore.rule, until.value))
                .at(&until.origin, "the last day on which it held")
                .consequence(format!(
                    "Findings of `{}` are reported again. They were accepted because: {}",
                    ignore.rule, ignore.reason
                ))
                .fix("Fix the findings and remove this entry, or set a later `until`.")
                .identity([ignore.rule.to_owned(), ignore.reason.clone(), until.value.to_string()])
        })
        .collect();
    Judged::Ok(findings).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::Policy;
    use crate::lint::Target;
    use crate::lint::testing::{Expect, check_target};
    use crate::source::BaseDirectory;
    use crate::text::SourceFile;

    fn check_policy(text: &str) -> Outcome {
        let file = SourceFile::new("aggcert.toml", text);
        let policy = Policy::parse(&file, BaseDirectory::new("/", "."), &[RULE.id]).unwrap();
        check_target(&RULE, Target::Policy(&policy), &[])
    }

    #[test]
    fn fails_for_an_ignore_that_has_ended() {
        let text = "[[ignore]]\nrule = \"ignore-expired\"\nreason = \"a lab\"\nuntil = 2026-01-14\n";
        let finding = check_policy(text).expect_finding();
        assert_eq!(finding.message, "the ignore of `ignore-expired` ended on 2026-01-14");
        assert_eq!(finding.origin.source(), "2026-01-14");
        assert!(finding.consequence.ends_with("a lab"));
    }

    #[test]
    fn passes_through_the_last_day() {
        for until in ["until = 2026-01-15", "until = 2030-01-01", ""] {
            check_policy(&format!("[[ignore]]\nrule = \"ignore-expired\"\nreason = \"a lab\"\n{until}\n"))
                .expect_pass();
        }
    }

    #[test]
    fn does_not_apply_without_ignores() {
        check_policy("").expect_not_applicable();
    }
}
