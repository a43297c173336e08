use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use super::*;
use crate::model::Reason;
use crate::report::testing::{self, CA_REUSED, judgement, origin_in, report, settings};
use crate::report::{Format, Settings};
use crate::text::{Origin, SourceFile};

fn text_of(name: &str, source: &str, pointed_at: &str) -> String {
    let file = SourceFile::new(name, source);
    let finding = testing::finding(Severity::Error, origin_in(&file, pointed_at));
    report(Format::Text, &settings(), &[testing::of_finding(&CA_REUSED, finding)])
}

#[test]
fn a_finding_shows_its_source_the_reason_and_the_fix() {
    let shown = report(Format::Text, &settings(), &[judgement()]);
    let expected = "\
error[ca-reused]: any certificate of CN=kubernetes named `front-proxy-client` is a front proxy
 --> manifests/kube-apiserver.yaml:9:7
  |
7 |     - --client-ca-file=/etc/kubernetes/pki/ca.crt
  |                        -------------------------- clients are verified with it
8 |     - --requestheader-allowed-names=front-proxy-client
9 |     - --requestheader-client-ca-file=/etc/kubernetes/pki/ca.crt
  |       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ the same CA
  |
  = why: Who can obtain such a certificate, for example through a CertificateSigningRequest, is any user of any
         group.
  = shown by the model: CN=front-proxy-client of CN=kubernetes became system:masters
  = fix: Give the front proxy a CA of its own.
         aggcert init /etc/kubernetes/pki
         --requestheader-client-ca-file=/etc/kubernetes/pki/front-proxy-ca.crt

Could not be decided:
  /etc/kubernetes/pki/ca.crt was not looked at: not on this host (manifests/kube-apiserver.yaml:1:1): ca-expired

1 rule could not be decided; 1 error. Checked 1 set-up in 1 file as of 2026-11-21 20:38 UTC: 1 rule passed, 1 does not apply.
";
    assert_eq!(shown, expected);
}

/// What was read of a cluster is no file, and its lines are those of no text that anybody has.
#[test]
fn objects_of_a_cluster_stand_without_the_mark_of_a_file() {
    let objects = ["one", "other"].map(|name| serde_json::json!({"kind": name, "spec": {"value": name.repeat(2)}}));
    let file = crate::text::yaml::list("<cluster c>", &objects, |object| object["kind"].as_str().unwrap().to_owned());
    let mut finding = testing::finding(Severity::Error, origin_in(&file, "oneone"));
    let origin = origin_in(&file, "otherother");
    finding.related.push(crate::lint::Related { origin, label: "seen there".to_owned() });
    let judgement = testing::of_finding(&CA_REUSED, finding);
    for color in [false, true] {
        let style = Style { color, ..Style::default() };
        let shown = report(Format::Text, &Settings { style, ..settings() }, std::slice::from_ref(&judgement));
        assert_eq!(shown.matches(":::").count(), 1, "{shown}");
        assert!(shown.lines().all(|line| !line.trim_end().ends_with(":::")), "{shown}");
        assert!(shown.contains(" --> <cluster c>: one, spec.value") || color, "{shown}");
    }
}

fn at(verbosity: Verbosity) -> Settings {
    Settings { style: Style { verbosity, ..Style::default() }, ..settings() }
}

#[test]
fn more_is_told_when_it_is_asked_for() {
    let shown = report(Format::Text, &at(Verbosity::Verbose), &[judgement()]);
    let rest = "\
manifests/kube-apiserver.yaml:1:1: kube-apiserver Pod kube-system/kube-apiserver: 1 error; 1 rule passed, 1 could not be decided, 1 does not apply

Could not be decided:
  /etc/kubernetes/pki/ca.crt was not looked at: not on this host (manifests/kube-apiserver.yaml:1:1): ca-expired

Not looked at:
  --client-ca-file: not on this host (manifests/kube-apiserver.yaml:1:1)

Taken for granted, for nobody wrote it:
  --requestheader-group-headers=X-Remote-Group (a default of kubeadm) (manifests/kube-apiserver.yaml:1:1)

";
    assert!(shown.contains(rest), "{shown}");
}

#[test]
fn nothing_is_told_of_what_is_fine_when_quiet_is_asked_for() {
    let mut clean = judgement();
    clean.outcomes.remove(0);
    assert_eq!(report(Format::Text, &at(Verbosity::Quiet), std::slice::from_ref(&clean)), "");
    let shown = testing::report_with_failures(Format::Text, &at(Verbosity::Quiet), &[clean], &["x: no such file"]);
    assert_eq!(shown, "Could not be read:\n  x: no such file\n\n");
}

#[test]
fn no_line_is_a_command_to_a_runner_after_wrapping_either() {
    let file = SourceFile::new("::error ::a.yaml", "x");
    let mut finding = testing::finding(Severity::Error, origin_in(&file, "x"));
    finding.consequence = format!("{} ::error::owned ##[error]owned ##vso[task]owned", "word ".repeat(40));
    finding.fix = crate::lint::Fix::from("one\n::warning::owned").shell("::warning::owned".to_owned());
    let judgement = testing::of_finding(&CA_REUSED, finding);
    for format in [Format::Text, Format::Concise] {
        let judgements = [judgement.clone()];
        let shown = testing::report_with_failures(format, &settings(), &judgements, &["::error::y", "##[error]z"]);
        for line in shown.lines() {
            let obeyed = line.trim_start().starts_with("::e") || line.trim_start().starts_with("::w");
            assert!(!obeyed && !line.contains("##[") && !line.contains("##vso["), "{line}");
        }
    }
}

#[test]
fn carets_stand_under_what_is_meant_whatever_stands_before_it() {
    for (source, line, caret) in [
        ("\tx:\t--a=/x # 前端 \r\n", "1 |     x:    --a=/x # 前端 ", "  |               ^^ the same CA"),
        ("前端 --a=/x\r\nb", "1 | 前端 --a=/x", "  |          ^^ the same CA"),
        ("\u{1b}[2J\u{9b}\u{202e}/x", "1 | ␛[2J\u{fffd}\u{fffd}/x", "  |       ^^ the same CA"),
    ] {
        let shown = text_of("file", source, "/x");
        let mut lines = shown.lines().skip_while(|shown| *shown != line);
        assert!(lines.next().is_some() && lines.next() == Some(caret), "{source:?}:\n{shown}");
    }
}

#[test]
fn an_empty_value_at_the_end_of_a_line_has_a_caret() {
    let file = SourceFile::new("file", "--client-ca-file=\n--b\n");
    let finding = testing::finding(Severity::Error, crate::text::Origin::new(&file, 17..17));
    let shown = report(Format::Text, &settings(), &[testing::of_finding(&CA_REUSED, finding)]);
    assert!(shown.contains("1 | --client-ca-file=\n  |                  ^ the same CA\n"), "{shown}");
}

#[test]
fn a_long_line_is_cut_around_the_caret_and_its_column_stays_true() {
    let source = format!("{{\"a\":\"{}\",\"--flag=/x\":\"{}\"}}", "y ".repeat(15_000), "z".repeat(10_000));
    let shown = text_of("file", &source, "--flag=/x");
    assert!(shown.contains(" --> file:1:30010\n"), "{shown}");
    let source_line = shown.lines().find(|line| line.starts_with("1 | ")).unwrap();
    assert!(source_line.contains("--flag=/x") && source_line.chars().count() <= 120, "{source_line}");
    let caret = shown.lines().find(|line| line.contains("^^^")).unwrap();
    assert_eq!(caret.find('^'), source_line.find("--flag"), "{shown}");
}

#[test]
fn pem_on_several_lines_is_marked_on_its_first_and_a_long_value_not_to_its_end() {
    let pem = format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----", "A".repeat(64));
    let shown = text_of("file", &pem, &pem);
    assert!(
        shown.contains("1 | -----BEGIN CERTIFICATE-----\n  | ^^^^^^^^^^^^^^^^^^^^^^^^^^^ the same CA\n"),
        "{shown}"
    );
    let long = "A".repeat(5_000);
    assert_eq!(text_of("file", &long, &long).matches('^').count(), 60);
}

#[test]
fn private_keys_are_never_shown() {
    let secret = "MC4CAQAwBQYDK2VwBCIEIKWTKVLvOq/zcXfnXUDk3fh4VlgYFGZRXKb4iQ0mcLYu";
    let key = format!("-----BEGIN PRIVATE KEY-----\\n{secret}\\n-----END PRIVATE KEY-----\\n");
    let json = format!("{{\"ca.crt\": \"{key}{key}\", \"--flag\": \"/x\"}}");
    for pointed_at in ["-----BEGIN", &key, secret, "/x"] {
        let shown = text_of("file", &json, pointed_at);
        assert!(!shown.contains("MC4CAQ") && !shown.contains("mcLYu"), "{pointed_at}:\n{shown}");
    }
    let pem = key.replace("\\n", "\n");
    assert!(text_of("file", &pem, secret).contains("2 | ****"));
    let url = format!("data:,{}", key.replace("\\n", "%0A").replace(' ', "%20"));
    let shown = text_of("file", &url, "data:,");
    assert!(shown.contains("****") && !shown.contains("MC4CAQ") && !shown.contains("mcLYu"), "{shown}");
}

#[test]
fn private_keys_in_base64_are_never_shown_either() {
    let secret = "MC4CAQAwBQYDK2VwBCIEIKWTKVLvOq/zcXfnXUDk3fh4VlgYFGZRXKb4iQ0mcLYu";
    for before in ["", "x", "xy"] {
        let key = format!("{before}-----BEGIN PRIVATE KEY-----\n{secret}\n-----END PRIVATE KEY-----\n");
        let encoded = BASE64_STANDARD.encode(key);
        let lines: Vec<&str> = encoded.as_bytes().chunks(64).map(|line| str::from_utf8(line).unwrap()).collect();
        let [_, behind, ..] = &lines[..] else { panic!("{lines:?}") };
        let shown = text_of("file", &format!("tls.key: {encoded}\nkind: Secret\n"), "tls.key");
        assert!(shown.contains("tls.key: ****") && !shown.contains(&encoded[40..44]), "{shown}");
        let shown = text_of("file", &format!("tls.key: |\n  {}\nkind: Secret\n", lines.join("\n  ")), behind);
        assert!(shown.contains("3 |   ****"), "{shown}");
        let shown = text_of("file", &format!("tls.key: |\n  {}\nkind: Secret\n", lines.join("\n  ")), "kind");
        assert!(shown.contains("kind: Secret"), "{shown}");
    }
}

#[test]
fn nothing_from_outside_reaches_the_terminal_raw() {
    let file = SourceFile::new("a\x1b[2Jb", "x");
    let mut finding = testing::finding(Severity::Error, origin_in(&file, "x"));
    for text in [&mut finding.message, &mut finding.label, &mut finding.consequence, &mut finding.fix.sentence] {
        text.push_str("\x1b]0;owned\x07\u{9b}31m\u{202e}");
    }
    finding.demonstration = Some("\x1b[2J".to_owned());
    let mut judgement = testing::of_finding(&CA_REUSED, finding);
    judgement.name.push('\x1b');
    judgement.not_looked_at.push(Reason::undecided("\x1b"));
    for format in [Format::Text, Format::Concise] {
        let shown = testing::report_with_failures(format, &settings(), std::slice::from_ref(&judgement), &["\x1b"]);
        let raw = shown.chars().find(|character| character.is_control() && *character != '\n');
        assert_eq!(raw, None, "{shown}");
        assert!(!shown.contains('\u{202e}'));
    }
}

#[test]
fn many_clean_set_ups_are_one_line_and_what_is_missing_is_said_once() {
    let mut clean = judgement();
    clean.outcomes.remove(0);
    let shown = report(Format::Text, &settings(), &vec![clean; 100]);
    assert_eq!(shown.matches("ca-expired").count(), 1);
    assert!(shown.contains("(manifests/kube-apiserver.yaml:1:1, and 99 more)"), "{shown}");
    assert_eq!(shown.lines().count(), 4, "{shown}");
}

#[test]
fn different_gaps_are_limited_in_number() {
    let judgements: Vec<Judgement> = (0..1_000)
        .map(|number| {
            let mut judgement = judgement();
            judgement.outcomes.clear();
            judgement.not_looked_at = vec![Reason::undecided(format!("file {number}"))];
            judgement
        })
        .collect();
    let shown = report(Format::Text, &at(Verbosity::Verbose), &judgements);
    assert!(shown.contains("  and 950 more; `--format json` has all of them\n"), "{shown}");
}

#[test]
fn colour_is_there_only_when_it_is_asked_for() {
    let style = Style { color: true, width: 100, ..Style::default() };
    let coloured = report(Format::Text, &Settings { style, ..settings() }, &[judgement()]);
    assert!(coloured.contains("\x1b[1m"));
    assert!(!report(Format::Text, &settings(), &[judgement()]).contains('\x1b'));
}

#[test]
fn prose_is_wrapped_and_commands_are_not() {
    assert_eq!(wrap("one two three", 7), "one two\nthree");
    assert_eq!(wrap("unbreakable-word x", 5), "unbreakable-word\nx");
    assert_eq!(wrap("a\n  kubectl get csr -o name", 10), "a\n  kubectl get csr -o name");
}

#[test]
fn what_is_found_again_and_again_in_one_file_is_drawn_some_times() {
    let file = SourceFile::new("x.sh", "kube-apiserver\n".repeat(250));
    let finding = |line: usize| testing::finding(Severity::Error, Origin::new(&file, 15 * line..15 * line + 14));
    let judgements = |count: usize| -> Vec<Judgement> {
        let all = (0..count).map(finding).map(|finding| testing::of_finding(&CA_REUSED, finding));
        all.map(|judgement| Judgement { origin: Origin::start_of(&file), ..judgement }).collect()
    };
    let drawn = |text: &str| text.matches(" --> x.sh:").count();
    // Wherever lines are broken.
    let said = |judgements: &[Judgement]| report(Format::Text, &settings(), judgements).replace('\n', " ");
    let few = said(&judgements(20));
    assert_eq!((drawn(&few), few.contains(" more of ")), (20, false));
    let many = said(&judgements(30));
    assert_eq!(drawn(&many), 20);
    assert!(many.contains("10 more of ca-reused say the same ("), "{many}");
    assert!(many.contains(", from x.sh:21:1 on; "), "{many}");
    assert!(many.contains("30 errors"), "they count: {many}");
    assert_eq!(drawn(&report(Format::Text, &at(Verbosity::Verbose), &judgements(30))), 30);
    // Those of one rule that say something else each are drawn more often.
    let mut others = judgements(250);
    for (number, judgement) in others.iter_mut().enumerate() {
        let finding = Finding { message: number.to_string(), ..finding(number) };
        judgement.outcomes = testing::of_finding(&CA_REUSED, finding).outcomes;
    }
    let shown = said(&others);
    assert!(drawn(&shown) == 200 && shown.contains("50 more of ca-reused, from x.sh:201:1 on; "), "{shown}");
    // Each file begins anew.
    let there = origin_in(&SourceFile::new("y.sh", "a"), "a");
    let other = testing::of_finding(&CA_REUSED, testing::finding(Severity::Error, there.clone()));
    let mut all = judgements(25);
    all.push(Judgement { origin: there, ..other });
    let shown = report(Format::Text, &settings(), &all);
    let (said, drawn_there) = (shown.find("5 more of ca-reused"), shown.find(" --> y.sh:"));
    assert!(said.is_some() && said < drawn_there, "{shown}");
}
