//! What accepts findings, and accepts none.

use crate::lint::Policy;
use crate::lint::policy::Comment;
use crate::lint::prelude::*;

pub(super) static RULE: Rule = Rule {
    id: "ignore-unused",
    severity: Severity::Warning,
    text: include_str!("../../../docs/rules/ignore-unused.md"),
    checks: &[Check::Policy(check)],
};

fn check(policy: &Policy, context: &Context<'_>) -> Outcome {
    let comments = policy.comments();
    if policy.ignores() == 0 && comments.is_empty() {
        return not_applicable("nothing is accepted");
    }
    let of_file = policy.unused(context.now).map(|ignore| unused(ignore.rule, &ignore.origin));
    let of_comments = comments.iter().flat_map(|comment| in_comment(policy, comment));
    let findings: Vec<Finding> = of_file.chain(of_comments).collect();
    Judged::Ok(findings).into()
}

fn in_comment(policy: &Policy, comment: &Comment) -> Vec<Finding> {
    if comment.rules.is_empty() || comment.reason.is_empty() {
        let lacking = if comment.rules.is_empty() { "names no rule" } else { "gives no reason" };
        let message = format!("an ignore {lacking}, so it does not count");
        return vec![finding(Severity::Warning, message, &comment.origin, comment.rules.join(", "))];
    }
    let (known, unknown): (Vec<&str>, Vec<&str>) =
        comment.rules.iter().map(String::as_str).partition(|id| policy.unknown_rule(id).is_none());
    let misspelt = unknown.iter().filter_map(|id| {
        let message = policy.unknown_rule(id)?;
        Some(finding(Severity::Warning, message, &comment.origin, (*id).to_owned()))
    });
    let needless = policy.unused_in(comment).filter(|id| known.contains(id)).map(|id| unused(id, &comment.origin));
    misspelt.chain(needless).collect()
}

fn unused(rule: &str, origin: &Origin) -> Finding {
    finding(Severity::Note, format!("the ignore of `{rule}` accepts nothing"), origin, rule.to_owned())
}

fn finding(severity: Severity, message: String, origin: &Origin, rules: String) -> Finding {
    Finding::new(severity, message)
        .at(origin, "nothing is accepted because of it")
        .consequence(
            "Whoever reads it takes something for accepted that is not, or that is no longer there. A name that is \
             misspelt, or another line, accepts nothing either.",
        )
        .fix("Remove it, or write it as `# aggcert: ignore[RULE] REASON` on the line of the finding or above it.")
        .identity([rules])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::Target;
    use crate::lint::policy::Scope;
    use crate::lint::testing::judgements::{CA_REUSED, finding as finding_at, of_finding, of_outcomes, origin_in};
    use crate::lint::testing::{Expect, check_target};
    use crate::lint::{Judgement, RuleOutcome};
    use crate::source::BaseDirectory;
    use crate::text::SourceFile;

    const ENTRY: &str = "[[ignore]]\nrule = \"ca-reused\"\nreason = \"a lab\"\n";

    /// After `/repo/start.sh` was judged so, and `paths` were looked at.
    fn after(settings: &str, judgement: Judgement, paths: &[&str]) -> Outcome {
        let file = SourceFile::new("/repo/aggcert.toml", settings);
        let mut policy = Policy::parse(&file, BaseDirectory::new("/repo", "."), &[CA_REUSED.id]).unwrap();
        let paths = paths.iter().map(Into::into).collect();
        policy.set_scope(Scope {
            paths,
            rules: vec!["ca-reused", "weak-key"],
            not_asked: vec!["weak-key"],
            ..Scope::default()
        });
        policy.apply(judgement, crate::lint::testing::NOW);
        check_target(&RULE, Target::Policy(&policy), &[])
    }

    /// With a finding of `ca-reused` on the line with the flag.
    fn judged(settings: &str, input: &str) -> Outcome {
        let input = SourceFile::new("/repo/start.sh", input);
        let finding = finding_at(Severity::Error, origin_in(&input, "--flag"));
        after(settings, of_finding(&CA_REUSED, finding), &["/repo"])
    }

    #[test]
    fn fails_for_what_accepts_nothing() {
        let elsewhere = format!("{ENTRY}path = \"other\"\n");
        assert_eq!(judged(&elsewhere, "--flag").expect_finding().message, "the ignore of `ca-reused` accepts nothing");
        for (input, message) in [
            ("--flag\n# aggcert: ignore[ca-reused] a lab", "the ignore of `ca-reused` accepts nothing"),
            (
                "--flag # aggcert: ignore[ca-resued] a lab",
                "there is no rule `ca-resued`; did you mean `ca-reused`?; `aggcert rules` lists them",
            ),
            ("--flag # aggcert: ignore[ca-reused]", "an ignore gives no reason, so it does not count"),
            ("--flag # aggcert: ignore a lab", "an ignore names no rule, so it does not count"),
        ] {
            let finding = judged("", input).expect_finding();
            assert_eq!(
                (finding.message.as_str(), finding.origin.file().name()),
                (message, "/repo/start.sh"),
                "{input}"
            );
        }
    }

    #[test]
    fn passes_while_it_is_not_known_whether_it_is_needed() {
        let commented = SourceFile::new("/repo/start.sh", "--flag # aggcert: ignore[ca-reused, weak-key] a lab");
        let with = |outcome| of_outcomes(&commented, vec![RuleOutcome { rule: &CA_REUSED, outcome }]);
        after(ENTRY, with(Outcome::undecided("the file is not here")), &["/repo"]).expect_pass();
        let elsewhere = format!("{ENTRY}path = \"other\"\n");
        let judged_alone = with(Outcome::undecided("the file is not here"));
        after(&elsewhere, judged_alone, &["start.sh"]).expect_pass();
        after(ENTRY, with(Outcome::Pass), &["start.sh"]).expect_findings(2);
    }

    #[test]
    fn passes_for_what_accepts_a_finding_and_what_has_ended() {
        judged(ENTRY, "--flag").expect_pass();
        judged("", "--flag # aggcert: ignore[ca-reused] a lab").expect_pass();
        judged(&format!("{ENTRY}path = \"other\"\nuntil = 2020-01-01\n"), "--flag").expect_pass();
    }

    #[test]
    fn does_not_apply_without_ignores() {
        judged("", "--flag # a comment").expect_not_applicable();
    }
}
