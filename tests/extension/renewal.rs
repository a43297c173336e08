//! The whole life of a serving CA and its certificates, with time as an argument.

use std::fs;

use aggcert::cli::Exit;
use aggcert::x509::Certificate;
use serde_json::Value;
use time::{Duration, OffsetDateTime};

use super::directory::{BEGIN, Directory, accepts};

const IMAGE: [&str; 2] = ["--image", "registry.example.com/metrics:1"];

/// What kube-apiserver trusts and what it is shown.
struct Moment {
    trusted: Vec<Certificate>,
    served: Certificate,
}

impl Moment {
    fn of(directory: &Directory) -> Self {
        Self { trusted: directory.trusted(), served: directory.served() }
    }
}

/// A run after which nothing is refused, whatever of it has arrived yet: the caBundle, the Secret, both or none.
fn step(directory: &Directory, arguments: &[&str], now: OffsetDateTime) -> Value {
    let before = Moment::of(directory);
    let done = directory.done(&[&IMAGE[..], arguments].concat(), now);
    let after = Moment::of(directory);
    for (trusted, served) in [(&before, &before), (&before, &after), (&after, &before), (&after, &after)]
        .map(|(a, b)| (&a.trusted, &b.served))
    {
        assert!(accepts(trusted, served, now), "{arguments:?} at {now}");
    }
    directory.assert_clean(now);
    done
}

/// Which files of the directory are not what they were.
fn changed(directory: &Directory, before: &std::collections::BTreeMap<String, Vec<u8>>) -> Vec<String> {
    let after = directory.snapshot();
    let is_new = |name: &&String| !name.contains(".20") && before.get(*name) != after.get(*name);
    after.keys().filter(is_new).cloned().collect()
}

/// A timer runs it each month, until the CA is being replaced. When that is, and what was said then.
fn until_the_ca_is_due(directory: &Directory) -> (OffsetDateTime, Value) {
    let first_ca = directory.bundle();
    let mut renewed = 0;
    let mut now = BEGIN;
    loop {
        now += Duration::days(30);
        let before = directory.snapshot();
        let done = step(directory, &[], now);
        if done["stage"] == "both-trusted" {
            assert!((10..16).contains(&renewed), "{renewed} renewals in ten years");
            return (now, done);
        }
        assert_eq!(directory.bundle(), first_ca);
        if done["changed"] == true {
            renewed += 1;
            assert_eq!(changed(directory, &before), ["secret.yaml", "tls.crt", "tls.key"]);
            assert!(directory.served().not_after > now + Duration::days(364));
        } else {
            assert!(directory.served().not_after > now + Duration::days(90), "{now}");
        }
    }
}

fn commands(done: &Value) -> Vec<&str> {
    done["next"].as_array().unwrap().iter().map(|next| next["command"].as_str().unwrap()).collect()
}

#[test]
fn certificates_follow_one_another_until_the_ca_is_due() {
    let directory = Directory::made(&[]);
    let first_ca = directory.bundle();
    let (now, replaced) = until_the_ca_is_due(&directory);
    let end = first_ca[0].not_after;
    assert!(now > end - Duration::days(366) && now < end - Duration::days(300), "{now}");
    assert_eq!(directory.trusted()[..1], first_ca);
    let second = directory.trusted()[1].clone();
    assert_ne!(second.subject.common_name(), first_ca[0].subject.common_name());
    let commands = commands(&replaced);
    assert!(commands[0].starts_with("kubectl apply -f ") && commands[2].ends_with(" --next switch"), "{commands:?}");
    assert!(commands[1].contains("caBundle") && commands[1].contains("| cmp - "), "{commands:?}");
    // Nothing goes on by itself, but for a certificate that is due.
    let before = directory.snapshot();
    let waiting = step(&directory, &[], now + Duration::DAY);
    assert_eq!((&waiting["changed"], &waiting["stage"]), (&false.into(), &"both-trusted".into()));
    assert_eq!(directory.snapshot(), before);
    for again in [&[][..], &["--replace-ca"]] {
        step(&directory, again, now + Duration::days(100));
        assert_eq!(directory.trusted().len(), 2);
        assert!(directory.served().is_signed_by(&first_ca[0]));
    }
}

/// Nobody has seen that the step before has arrived.
#[test]
fn a_command_that_is_repeated_takes_no_other_step() {
    let directory = Directory::made(&[]);
    step(&directory, &["--replace-ca"], BEGIN);
    let error = directory.refused(&["--next", "distrust"], BEGIN);
    assert!(error.contains("still one of the old CA") && error.contains("--next switch"), "{error}");
    step(&directory, &["--next", "switch"], BEGIN);
    let before = directory.snapshot();
    let error = directory.refused(&["--next", "switch"], BEGIN);
    assert!(error.contains("of the new CA already") && error.contains("--next distrust"), "{error}");
    assert_eq!(directory.snapshot(), before);
}

#[test]
fn a_ca_is_replaced_in_three_steps_each_of_which_changes_one_object() {
    let directory = Directory::made(&[]);
    let now = BEGIN + Duration::days(100);
    let before = directory.snapshot();
    assert_eq!(step(&directory, &["--replace-ca"], now)["stage"], "both-trusted");
    assert_eq!(changed(&directory, &before), ["apiservice.yaml", "serving-ca.crt", "serving-ca.next.key"]);
    let second = directory.trusted()[1].clone();

    let before = directory.snapshot();
    assert_eq!(step(&directory, &["--next", "switch"], now)["stage"], "switched");
    assert_eq!(changed(&directory, &before), ["secret.yaml", "serving-ca.key", "tls.crt", "tls.key"]);
    assert!(!directory.file("serving-ca.next.key").exists());
    assert!(directory.served().is_signed_by(&second));
    let before = directory.snapshot();
    assert_eq!(step(&directory, &[], now)["changed"], false);
    assert_eq!(directory.snapshot(), before);

    let last = step(&directory, &["--next", "distrust"], now);
    assert_eq!(changed(&directory, &before), ["apiservice.yaml", "serving-ca.crt"]);
    assert_eq!((&last["stage"], directory.trusted()), (&"one-ca".into(), vec![second]));
    let destroy = commands(&last)[1];
    assert!(destroy.starts_with("rm ") && destroy.contains("/serving-ca.key.20"), "{destroy}");
    // Each key is there still, for who has to go back.
    assert!(directory.snapshot().keys().any(|name| name.starts_with("serving-ca.key.")));
    let error = directory.refused(&["--next", "distrust"], now);
    assert!(error.contains("no CA is being replaced"), "{error}");
    // And so on.
    step(&directory, &[], now + Duration::days(300));
    assert_eq!(step(&directory, &["--replace-ca"], now + Duration::days(301))["stage"], "both-trusted");
}

/// The CA's key lies elsewhere, and never comes here; that of the next one does, until it is taken away in its turn.
#[test]
fn a_ca_key_may_be_kept_elsewhere() {
    let directory = Directory::made(&[]);
    let elsewhere = tempfile::tempdir().unwrap();
    let path = elsewhere.path().join("ca.key");
    fs::rename(directory.file("serving-ca.key"), &path).unwrap();
    let key = ["--ca-key", path.to_str().unwrap()];
    let now = BEGIN + Duration::days(300);
    let renewed = step(&directory, &key, now);
    assert_eq!(renewed["changed"], true);
    let last = commands(&renewed).pop().unwrap().to_owned();
    assert!(last.contains(&format!("--ca-key {}", path.display())), "{last}");
    step(&directory, &[&key[..], &["--replace-ca"]].concat(), now);
    assert!(!directory.file("serving-ca.key").exists());
    // The old CA's key is not needed for that.
    let switched = step(&directory, &[&key[..], &["--next", "switch"]].concat(), now);
    assert!(directory.file("serving-ca.key").exists());
    // With it the next command would be refused.
    assert!(commands(&switched).last().unwrap().ends_with(" --next distrust"));
    assert!(commands(&switched).iter().all(|command| !command.contains("--ca-key")), "{switched:#}");
    assert!(switched["notes"].to_string().contains("the new CA's key is in "), "{switched:#}");
    let retired = switched["retired"].to_string();
    assert!(!retired.contains("serving-ca.key"), "{retired}");
    step(&directory, &["--next", "distrust"], now);
}

/// The way back from the first step, as the page says it.
#[test]
fn the_first_step_can_be_taken_back() {
    let directory = Directory::made(&[]);
    let old = directory.bundle();
    step(&directory, &["--replace-ca"], BEGIN);
    fs::remove_file(directory.file("serving-ca.next.key")).unwrap();
    step(&directory, &["--next", "distrust"], BEGIN);
    assert_eq!((directory.bundle(), directory.trusted()), (old.clone(), old));
    assert_eq!(directory.done(&IMAGE, BEGIN)["changed"], false);
}

#[test]
fn a_certificate_is_renewed_when_it_is_asked_to() {
    let directory = Directory::made(&["--serving-validity", "90d"]);
    let options = ["--serving-validity", "90d", "--renew-before", "10d"];
    assert_eq!(step(&directory, &options, BEGIN + Duration::days(79))["changed"], false);
    assert_eq!(step(&directory, &options, BEGIN + Duration::days(81))["changed"], true);
    // Two thirds of its life, where nothing is said.
    let options = ["--serving-validity", "90d"];
    assert_eq!(step(&directory, &options, BEGIN + Duration::days(81 + 59))["changed"], false);
    assert_eq!(step(&directory, &options, BEGIN + Duration::days(81 + 61))["changed"], true);
}

#[test]
fn a_certificate_that_has_expired_or_lacks_a_name_is_renewed() {
    let directory = Directory::made(&["--serving-validity", "10d"]);
    let now = BEGIN + Duration::days(20);
    assert!(!accepts(&directory.trusted(), &directory.served(), now));
    assert_eq!(directory.done(&IMAGE, now)["changed"], true);
    directory.assert_clean(now);
    step(&directory, &["--cluster-domain", "example.org"], now);
    assert!(directory.served().dns_names.contains(&"metrics.monitoring.svc.example.org".to_owned()));
    // The kind of key stays, unless it is said.
    let p256 = directory.served().public_key_algorithm.clone();
    step(&directory, &["--key-algorithm", "ed25519"], now + Duration::days(300));
    assert_ne!(directory.served().public_key_algorithm, p256);
    let ed25519 = directory.served().public_key_algorithm.clone();
    step(&directory, &[], now + Duration::days(600));
    assert_eq!(directory.served().public_key_algorithm, ed25519);
}

/// As after a night in which the clock was years ahead.
#[test]
fn a_certificate_that_is_not_valid_yet_is_renewed() {
    let directory = Directory::made(&[]);
    step(&directory, &[], BEGIN + Duration::days(300));
    assert!(!accepts(&directory.trusted(), &directory.served(), BEGIN));
    assert_eq!(directory.done(&IMAGE, BEGIN)["changed"], true);
    directory.assert_clean(BEGIN);
}

/// A certificate that could not end later than the one that is there is not made again and again.
#[test]
fn a_certificate_that_ends_with_its_ca_is_left_alone() {
    let directory = Directory::made(&["--ca-validity", "30d"]);
    assert_eq!(directory.served().not_after, directory.bundle()[0].not_after);
    let now = BEGIN + Duration::days(25);
    assert_eq!(step(&directory, &[], now)["stage"], "both-trusted");
    let before = directory.snapshot();
    // A timer that goes on as if nothing were due would be silent until the outage.
    let waiting = directory.extension(&IMAGE, now + Duration::DAY);
    assert_eq!(waiting.exit, Exit::Failed, "{waiting:?}");
    assert!(waiting.out.starts_with("A step is overdue: ") && waiting.out.contains("ends with its CA"), "{waiting:?}");
    assert!(waiting.out.contains("do the next step with --next switch"), "{waiting:?}");
    assert_eq!(directory.snapshot(), before);
    let expired = BEGIN + Duration::days(31);
    // Nothing has to be made anew where the new CA is trusted already.
    let refused = directory.refused(&[], expired);
    assert!(refused.contains("this CA expired on") && refused.contains("with --next switch"), "{refused}");
    assert!(!refused.contains("--force"), "{refused}");
    assert_eq!(directory.done(&[&IMAGE[..], &["--next", "switch"]].concat(), expired)["stage"], "switched");
    directory.assert_clean(expired);
}

#[test]
fn what_somebody_has_edited_stays() {
    let directory = Directory::made(&[]);
    directory.edit("apiservice.yaml", "versionPriority: 100", "versionPriority: 7");
    directory.edit("service.yaml", "targetPort: 8443", "targetPort: https");
    directory.edit("deployment.yaml", "- --secure-port=8443", "- --secure-port=8443\n        - --v=2");
    let done = step(&directory, &["--replace-ca"], BEGIN);
    let notes = done["notes"].to_string();
    assert!(notes.contains("service.yaml is not as") && notes.contains("deployment.yaml is not as"), "{notes}");
    assert_eq!(done["retired"].as_array().unwrap().len(), 1, "{done:#}");
    assert!(directory.text("apiservice.yaml").contains("versionPriority: 7"));
    assert_eq!(directory.trusted(), directory.bundle());
    assert!(directory.text("service.yaml").contains("targetPort: https"));
    // A copy of what cannot be kept as it is.
    directory.edit("secret.yaml", "kind: Secret", "kind: Secret # ours");
    let done = step(&directory, &["--next", "switch"], BEGIN);
    let retired = done["retired"].as_array().unwrap();
    let copy = retired.iter().find(|file| file["path"].as_str().unwrap().ends_with("secret.yaml")).unwrap();
    let copy = fs::read_to_string(copy["kept_as"].as_str().unwrap()).unwrap();
    assert!(copy.contains("kind: Secret # ours"));
}

#[test]
fn everything_anew_says_what_it_costs() {
    let directory = Directory::made(&[]);
    let before = Moment::of(&directory);
    let keys = ["tls.key", "serving-ca.key", "tls.crt", "serving-ca.crt"].map(|name| (name, directory.text(name)));
    let text = directory.extension(&[&IMAGE[..], &["--force"]].concat(), BEGIN);
    assert_eq!(text.exit, Exit::Done);
    assert!(text.out.contains("the API is unavailable; without --force, --replace-ca has no such gap"), "{text:?}");
    assert!(!accepts(&before.trusted, &directory.served(), BEGIN));
    directory.assert_clean(BEGIN);
    let everywhere = directory.snapshot();
    for (name, key) in keys {
        assert!(everywhere.values().any(|kept| *kept == key.as_bytes()), "{name} is lost");
    }
}
