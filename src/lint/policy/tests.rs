//! What a file decides, on judgements made for it.

use time::macros::datetime;

use super::*;
use crate::lint::rules::ids;
use crate::lint::testing::judgements::{self, CA_REUSED, RULES, judgement, of_finding, origin_in};
use crate::lint::{Judgement, Outcome, Summary};
use crate::model::sentences;

const NOW: OffsetDateTime = datetime!(2026-11-21 20:38 UTC);

fn policy(text: &str) -> Policy {
    let file = SourceFile::new("aggcert.toml", text);
    Policy::parse(&file, BaseDirectory::new("/repo", "."), &ids(RULES)).unwrap_or_else(|error| panic!("{error}"))
}

fn faults(text: &str) -> String {
    let file = SourceFile::new("aggcert.toml", text);
    Policy::parse(&file, BaseDirectory::new("/repo", "."), &ids(RULES)).unwrap_err().to_string()
}

fn finding_in(name: &str) -> Judgement {
    let file = SourceFile::new(name, "--flag");
    of_finding(&CA_REUSED, judgements::finding(Severity::Error, origin_in(&file, "--flag")))
}

#[test]
fn severities_change_and_rules_go_off() {
    let judged = policy("[rules]\nca-reused = \"note\"\nflag-repeated = \"off\"").apply(judgement(), NOW);
    assert_eq!(judged.worst(), Some(Severity::Note));
    let Outcome::NotApplicable(why) = &judged.outcomes[1].outcome else { panic!("{judged:?}") };
    assert_eq!(sentences(why), "it is switched off (aggcert.toml:3:1)");
    let unchanged = Policy::none().apply(judgement(), NOW);
    assert_eq!(unchanged.worst(), Some(Severity::Error));
}

#[test]
fn an_accepted_finding_is_counted_and_is_no_pass() {
    let policy =
        policy("[[ignore]]\nrule = \"ca-reused\"\npath = \"lab/**\"\nreason = \"a lab\"\nuntil = 2026-11-21\n");
    let judged = policy.apply(finding_in("lab/a.yaml"), NOW);
    assert_eq!((judged.findings().count(), judged.accepted.len()), (0, 1));
    let Outcome::Accepted(why) = &judged.outcomes[0].outcome else { panic!("{judged:?}") };
    assert_eq!(why, "a lab (accepted until 2026-11-21 in aggcert.toml:1:1)");
    let mut summary = Summary::default();
    summary.count(&judged);
    assert_eq!((summary.passed, summary.accepted), (0, 1));
    assert_eq!(policy.apply(finding_in("production/a.yaml"), NOW).findings().count(), 1);
}

#[test]
fn a_comment_beside_a_finding_accepts_it() {
    for (text, accepted) in [
        ("--flag # aggcert: ignore[ca-reused] a lab\n", true),
        ("# aggcert: ignore[weak-key] a lab\n--flag\n", false),
        ("# aggcert: ignore[ca-reused]\n--flag\n", false),
    ] {
        let file = SourceFile::new("a.sh", text);
        let finding = judgements::finding(Severity::Error, origin_in(&file, "--flag"));
        let again = finding.clone();
        let policy = Policy::none();
        let judged = policy.apply(of_finding(&CA_REUSED, finding), NOW);
        assert_eq!(judged.accepted.len() == 1, accepted, "{text}");
        assert_eq!(policy.unused_in(&policy.comments().remove(0)).count() == 0, accepted, "{text}");
        let strict = Policy::none().without_comments();
        assert_eq!(strict.apply(of_finding(&CA_REUSED, again), NOW).findings().count(), 1, "{text}");
        assert!(strict.comments().is_empty(), "no comment is called unused");
    }
}

#[test]
fn an_ignore_ends_with_its_last_day() {
    let policy = policy("[[ignore]]\nrule = \"ca-reused\"\nreason = \"a lab\"\nuntil = 2026-11-21\n");
    let last_minute = datetime!(2026-11-21 23:59 UTC);
    assert_eq!(policy.apply(finding_in("a.yaml"), last_minute).findings().count(), 0);
    assert_eq!(policy.expired(last_minute).count(), 0);
    let next_day = datetime!(2026-11-22 00:00 UTC);
    assert_eq!(policy.apply(finding_in("a.yaml"), next_day).findings().count(), 1);
    assert_eq!(policy.expired(next_day).count(), 1);
}

#[test]
fn paths_are_relative_to_the_directory_of_the_file_or_absolute() {
    let with = |path: &str| policy(&format!("[[ignore]]\nrule = \"ca-reused\"\npath = \"{path}\"\nreason = \"r\""));
    for (pattern, name, accepted) in [
        ("a.yaml", "/repo/a.yaml", true),
        ("/repo/*.yaml", "a.yaml", true),
        ("/etc/kubernetes", "/etc/kubernetes/manifests/x.yaml", true),
        ("kubernetes/**", "/etc/kubernetes/x.yaml", false),
    ] {
        let left = with(pattern).apply(finding_in(name), NOW).findings().count();
        assert_eq!(left == 0, accepted, "{pattern} {name}");
    }
}

#[test]
fn everything_wrong_is_told_at_its_place_with_a_suggestion() {
    let text = "\
expiry-warnin = \"30d\"

[rules]
ca-resued = \"off\"
ca-reused = \"warn\"
ca-expired = 3

[[ignore]]
rule = \"flag-repaeted\"
path = \"\"
reson = \"x\"
until = \"2027-01-31\"
";
    assert_eq!(
        faults(text),
        "\
aggcert.toml:1:1: there is no key `expiry-warnin` here; did you mean `expiry-warning`?; known are expiry-warning, fail-on, rules, ignore, cluster
aggcert.toml:4:1: there is no rule `ca-resued`; did you mean `ca-reused`?; `aggcert rules` lists them
aggcert.toml:5:13: `warn` is no severity: error, warning, note or off are; did you mean `warning`?
aggcert.toml:6:14: \"error\", \"warning\", \"note\" or \"off\" is needed here
aggcert.toml:8:1: an ignore needs a `reason`
aggcert.toml:9:8: there is no rule `flag-repaeted`; did you mean `flag-repeated`?; `aggcert rules` lists them
aggcert.toml:10:8: an empty path means nothing; leave it out to mean every file
aggcert.toml:11:1: there is no key `reson` here; did you mean `reason`?; known are rule, path, reason, until
aggcert.toml:12:9: a date without quotes, such as 2027-01-31 is needed here"
    );
}

#[test]
fn what_is_not_toml_is_told_at_its_place() {
    assert!(faults("a = ").starts_with("aggcert.toml:1:5: "), "{}", faults("a = "));
    assert!(faults("[rules]\nca-reused = \"off\"\nca-reused = \"off\"\n").starts_with("aggcert.toml:3:1: "));
    assert!(faults("ignore = 1").contains("[[ignore]] is needed here"));
    assert!(faults("rules = []").contains("a table of rules is needed here"));
    assert!(faults("expiry-warning = \"soon\"").contains("`soon` is no length of time"));
    assert!(faults("[[ignore]]\nrule = \"ca-reused\"\nreason = \" \"").contains("the reason is empty"));
}

#[test]
fn the_threshold_is_read_and_nothing_decides_nothing() {
    assert_eq!(policy("expiry-warning = \"60d\"").expiry_warning, Some(Duration::days(60)));
    assert_eq!(policy("").expiry_warning, None);
}

#[test]
fn the_nearest_file_counts_and_the_search_ends_at_the_repository() {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path();
    let below = root.join("repository/a/b");
    std::fs::create_dir_all(&below).unwrap();
    std::fs::write(root.join(FILE_NAME), "").unwrap();
    assert_eq!(Policy::search(&below).0, Some(root.join(FILE_NAME)));
    std::fs::create_dir(root.join("repository/.git")).unwrap();
    assert_eq!(Policy::search(&below), (None, None));
    std::fs::write(root.join("repository").join(FILE_NAME), "").unwrap();
    assert_eq!(Policy::search(&below).0, Some(root.join("repository").join(FILE_NAME)));
    // What others may write does not count above the working directory, and is named.
    let file = root.join("repository").join(FILE_NAME);
    std::fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o666)).unwrap();
    let (found, distrusted) = Policy::search(&below);
    assert_eq!(found, None);
    assert!(distrusted.unwrap().contains("aggcert.toml: it can be written by others"));
    assert_eq!(Policy::search(&root.join("repository")), (Some(file), None));
    let policy = Policy::load(&root.join("repository").join(FILE_NAME), &below, &ids(RULES)).unwrap();
    assert!(policy.file().is_some());
    let missing = Policy::load(&root.join("none"), &below, &ids(RULES)).unwrap_err().to_string();
    assert!(missing.contains("none: does not exist"), "{missing}");
}
