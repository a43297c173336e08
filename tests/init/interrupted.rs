//! Killed at every step, on a full disk, and with somebody else's hands in the directory.
//!
//! After each of these: the old state, the new one, or one that the next run finishes; never a lost key, never a key
//! that others may read.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use aggcert::pki::store::{Steps, Unhindered};
use aggcert::pki::{
    Change, Contents, GivenCa, KeyAlgorithm, PkiFile, Recovery, Replace, Request, Store, StoreError, Validity, Wishes,
    make, plan,
};
use rustix::process::{Signal, getpid, kill_process};
use time::OffsetDateTime;

use super::directory::{Directory, assert_consistent, assert_keys_are_private, failed, snapshot, succeeded};

/// What happens at a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// The process dies.
    Kill,
    /// As if it had died: this step and all after it do nothing.
    Dead,
    /// This step fails, as on a full disk; what comes after it does not.
    DiskFull,
}

struct StopAt<'a> {
    step: usize,
    count: AtomicUsize,
    fate: Fate,
    directory: &'a Path,
}

impl<'a> StopAt<'a> {
    fn new(step: usize, fate: Fate, directory: &'a Path) -> Self {
        Self { step, count: AtomicUsize::new(0), fate, directory }
    }
}

impl Steps for StopAt<'_> {
    fn before(&self, _action: &'static str, _name: &str) -> io::Result<()> {
        assert_keys_are_private(self.directory);
        let count = self.count.fetch_add(1, Ordering::SeqCst);
        match self.fate {
            Fate::Kill if count == self.step => loop {
                kill_process(getpid(), Signal::KILL).unwrap();
                std::thread::sleep(Duration::from_secs(1));
            },
            Fate::Dead if count >= self.step => Err(io::ErrorKind::Interrupted.into()),
            Fate::DiskFull if count == self.step => Err(io::ErrorKind::StorageFull.into()),
            _ => Ok(()),
        }
    }
}

/// A directory and what is asked for in it.
struct Scenario {
    name: &'static str,
    directory: Directory,
    replace: Replace,
    given_ca: Option<GivenCa>,
}

fn scenarios() -> Vec<Scenario> {
    let scenario = |name, directory, replace| Scenario { name, directory, replace, given_ca: None };
    let empty = Directory::new();
    fs::create_dir(empty.path()).unwrap();
    let ca_alone = Directory::made(&[]);
    ca_alone.remove("front-proxy-client.crt");
    ca_alone.remove("front-proxy-client.key");
    let another_ca = Directory::made(&[]);
    let given_ca = GivenCa {
        certificate_path: "ca.crt".into(),
        key_path: "ca.key".into(),
        certificates: contents(&another_ca.path()).ca_certificates.present().unwrap().clone(),
        key: contents(&another_ca.path()).ca_key.present().unwrap().clone(),
    };
    vec![
        scenario("nothing is there", empty, Replace::Nothing),
        scenario("the client is missing", ca_alone, Replace::Nothing),
        scenario("the client is renewed", Directory::made(&[]), Replace::Client),
        scenario("all is made anew", Directory::made(&[]), Replace::Everything),
        // A key makes room that nothing takes the place of.
        Scenario {
            given_ca: Some(given_ca),
            ..scenario("another CA is given", Directory::made(&[]), Replace::Everything)
        },
    ]
}

fn contents(path: &Path) -> Contents {
    Contents::read(&Store::open(path, &Unhindered).unwrap().unwrap())
}

fn change(path: &Path, replace: Replace, given_ca: Option<GivenCa>) -> Change {
    let request = Request { directory: path.to_owned(), replace, given_ca, cluster_ca: None };
    let wishes = Wishes {
        key_algorithm: KeyAlgorithm::EcdsaP256,
        ca_common_name: "front-proxy-ca".to_owned(),
        ca_validity: Validity::days(3650),
        client_common_name: "front-proxy-client".to_owned(),
        client_validity: Validity::days(365),
    };
    let now = OffsetDateTime::now_utc();
    make(&plan(&request, &contents(path), now).unwrap(), &wishes, now).unwrap().change
}

/// Another test that starts a process has the lock, too, until that runs.
fn lock(store: &Store<'_>) -> Result<(), StoreError> {
    while !store.try_lock()? {
        std::thread::yield_now();
    }
    Ok(())
}

fn commit(path: &Path, change: &Change, steps: &dyn Steps) -> Result<(), StoreError> {
    let store = Store::create(path, steps)?;
    lock(&store)?;
    store.recover::<PkiFile>()?;
    store.commit(change, OffsetDateTime::now_utc())?;
    Ok(())
}

fn committing(change: &Change) -> impl Fn(&Path, &dyn Steps) -> Result<(), StoreError> {
    move |path, steps| commit(path, change, steps)
}

fn recover(path: &Path, steps: &dyn Steps) -> Result<Recovery, StoreError> {
    let store = Store::open(path, steps)?.unwrap();
    lock(&store)?;
    store.recover()
}

/// The files that count, by their final names.
fn state(path: &Path) -> Vec<(String, Vec<u8>)> {
    let is_final = |name: &str| name.ends_with(".crt") || name.ends_with(".key");
    snapshot(path).into_iter().filter(|(name, _)| !name.starts_with('.') && is_final(name)).collect()
}

fn is_served(name: &str) -> bool {
    PkiFile::SERVED.iter().any(|file| file.name() == name)
}

/// What a directory was, and what it is to be.
struct Expectation {
    before: Vec<(String, Vec<u8>)>,
    after: Vec<(String, Vec<u8>)>,
}

impl Expectation {
    fn new(scenario: &Scenario, change: &Change) -> Self {
        let before = state(&scenario.directory.path());
        let mut after = before.clone();
        after.retain(|(name, _)| !change.retire.iter().any(|file| file.name() == name));
        after.extend(change.place.iter().map(|(file, contents)| (file.name().to_owned(), contents.to_vec())));
        after.sort();
        Self { before, after }
    }

    /// True at every moment.
    fn assert_nothing_is_lost(&self, path: &Path, context: &str) {
        assert_consistent(path);
        let everywhere = snapshot(path);
        for (name, contents) in &self.before {
            assert!(everywhere.iter().any(|(_, kept)| kept == contents), "{context}: {name} is lost");
        }
        let state = state(path);
        for file in &state {
            assert!(
                self.before.contains(file) || self.after.contains(file) || !is_served(&file.0),
                "{context}: {} is neither the old one nor the new one",
                file.0
            );
        }
        let has = |name: &str| state.iter().any(|(there, _)| there == name);
        let is_kept_elsewhere = !self.after.iter().any(|(name, _)| name == "front-proxy-ca.key");
        let needs = [
            ("front-proxy-ca.crt", "front-proxy-ca.key"),
            ("front-proxy-client.crt", "front-proxy-client.key"),
            ("front-proxy-client.crt", "front-proxy-ca.crt"),
        ];
        for (file, needed) in needs {
            let is_needed = !(needed == "front-proxy-ca.key" && is_kept_elsewhere);
            let is_replaced = self.before.iter().any(|(name, _)| name == needed);
            assert!(!has(file) || has(needed) || !is_needed, "{context}: {file} without {needed}");
            assert!(!is_replaced || has(needed) || !is_needed, "{context}: {needed} is away for a moment");
        }
        if path.join(".aggcert-init.ready").exists() || state != self.before {
            for (name, contents) in &self.after {
                assert!(everywhere.iter().any(|(_, kept)| kept == contents), "{context}: the new {name} is lost");
            }
        }
    }

    /// True when nothing is to be recovered any more.
    fn assert_settled(&self, path: &Path, context: &str) {
        self.assert_nothing_is_lost(path, context);
        let state = state(path);
        assert!(state == self.before || state == self.after, "{context}: neither the old state nor the new one");
        let left = snapshot(path).into_iter().find(|(name, _)| name.starts_with('.'));
        assert_eq!(left, None, "{context}");
    }
}

/// Acts in a copy of a directory that something happens to at the first step, in another at the second, and so on until it
/// does not come to that many, and looks at each; the number of steps.
fn at_each_step<T>(
    old: &Directory,
    fate: Fate,
    act: impl Fn(&Path, &dyn Steps) -> Result<T, StoreError>,
    mut look: impl FnMut(&Directory, usize, Result<T, StoreError>),
) -> usize {
    for step in 0.. {
        let directory = old.copy();
        let path = directory.path();
        let result = act(&path, &StopAt::new(step, fate, &path));
        let is_done = result.is_ok();
        look(&directory, step, result);
        if is_done {
            return step;
        }
    }
    unreachable!("steps end")
}

fn is_interrupted(directory: &Directory) -> bool {
    Store::open(&directory.path(), &Unhindered).unwrap().unwrap().is_interrupted().unwrap()
}

#[test]
fn a_run_that_dies_at_any_step_is_recovered_by_one_that_may_die_at_any_step() {
    for scenario in scenarios() {
        let change = change(&scenario.directory.path(), scenario.replace, scenario.given_ca.clone());
        let expected = Expectation::new(&scenario, &change);
        let steps = at_each_step(&scenario.directory, Fate::Dead, committing(&change), |directory, step, result| {
            let context = format!("{}, dead at step {step}", scenario.name);
            expected.assert_nothing_is_lost(&directory.path(), &context);
            at_each_step(directory, Fate::Dead, recover, |again, step, _| {
                let context = format!("{context}, recovery dead at step {step}");
                expected.assert_nothing_is_lost(&again.path(), &context);
                recover(&again.path(), &Unhindered).unwrap();
                expected.assert_settled(&again.path(), &context);
            });
            if result.is_ok() {
                assert_eq!(state(&directory.path()), expected.after, "{context}");
            }
        });
        assert!(steps > 10, "{}: only {steps} steps", scenario.name);
    }
}

/// Somebody tidies up before the next run.
#[test]
fn a_dated_file_that_is_gone_does_not_cost_the_new_one() {
    let old = Directory::made(&[]);
    let change = change(&old.path(), Replace::Everything, None);
    at_each_step(&old, Fate::Dead, committing(&change), |directory, _, _| {
        for name in directory.names().iter().filter(|name| !name.starts_with('.') && name.ends_with('Z')) {
            fs::rename(directory.file(name), directory.outside(name)).unwrap();
        }
        recover(&directory.path(), &Unhindered).unwrap();
        directory.assert_whole();
    });
}

#[test]
fn a_disk_that_is_full_at_any_step_leaves_the_old_state_or_one_to_finish() {
    for scenario in scenarios() {
        let change = change(&scenario.directory.path(), scenario.replace, scenario.given_ca.clone());
        let expected = Expectation::new(&scenario, &change);
        at_each_step(&scenario.directory, Fate::DiskFull, committing(&change), |directory, step, result| {
            let context = format!("{}, disk full at step {step}", scenario.name);
            let path = directory.path();
            match result {
                Ok(()) => {}
                Err(_) if is_interrupted(directory) => {
                    expected.assert_nothing_is_lost(&path, &context);
                    assert!(matches!(recover(&path, &Unhindered), Ok(Recovery::Finished(_))), "{context}");
                    assert_eq!(state(&path), expected.after, "{context}");
                }
                Err(error) => {
                    assert!(error.to_string().contains("no storage space"), "{context}: {error}");
                    assert_eq!(snapshot(&path), snapshot(&scenario.directory.path()), "{context}");
                }
            }
        });
    }
}

/// Counts what is flushed to the disk, and how often that is waited for: on a slow one that is what a run takes.
#[derive(Default)]
struct Flushes {
    count: AtomicUsize,
    waits: AtomicUsize,
    is_waiting: AtomicBool,
}

impl Steps for Flushes {
    fn before(&self, action: &'static str, _name: &str) -> io::Result<()> {
        let is_flush = action == "flush";
        let was_waiting = self.is_waiting.swap(is_flush, Ordering::SeqCst);
        self.count.fetch_add(usize::from(is_flush), Ordering::SeqCst);
        self.waits.fetch_add(usize::from(is_flush && !was_waiting), Ordering::SeqCst);
        Ok(())
    }
}

#[test]
fn no_more_is_flushed_than_the_promise_needs() {
    let count = |path: &Path, replace: Replace| {
        let change = match Store::open(path, &Unhindered).unwrap() {
            Some(_) => change(path, replace, None),
            None => change(&Directory::new_empty().path(), replace, None),
        };
        let flushes = Flushes::default();
        commit(path, &change, &flushes).unwrap();
        (flushes.count.into_inner(), flushes.waits.into_inner())
    };
    // The directory above with four files, and the directory.
    let new = Directory::new();
    let made = Directory::made(&[]);
    assert_eq!(count(&new.path(), Replace::Nothing), (6, 2));
    // Who made an empty directory may have ended before its name was on the disk.
    let there = Directory::new_empty();
    assert_eq!(count(&there.path(), Replace::Nothing), (6, 2));
    let in_use = Directory::new_empty();
    fs::write(in_use.file("sa.pub"), "").unwrap();
    assert_eq!(count(&in_use.path(), Replace::Nothing), (5, 2));
    // Two files, the copies of two, where they lie, the decision, and the names.
    assert_eq!(count(&made.path(), Replace::Client), (7, 3));
}

/// What somebody puts in the place of a file while it is being replaced is theirs, too.
#[test]
fn a_file_that_has_changed_meanwhile_is_not_overwritten() {
    let directory = Directory::made(&[]);
    let change = change(&directory.path(), Replace::Client, None);
    struct Changer(PathBuf);
    impl Steps for Changer {
        fn before(&self, action: &'static str, name: &str) -> io::Result<()> {
            if action == "rename" && name == ".aggcert-init.new" {
                fs::write(&self.0, "theirs")?;
            }
            Ok(())
        }
    }
    let changer = Changer(directory.file("front-proxy-client.key"));
    let error = commit(&directory.path(), &change, &changer).unwrap_err();
    assert!(matches!(error, StoreError::InTheWay(_)), "{error}");
    assert_eq!(directory.read("front-proxy-client.key"), b"theirs");
}

/// A renewal that was killed is not finished months later over a pair that works, nor does it keep the next from running.
#[test]
fn what_was_put_in_place_since_a_run_was_killed_counts() {
    let old = Directory::made(&[]);
    let theirs = old.copy();
    succeeded(&theirs.renew(&[]));
    let change = change(&old.path(), Replace::Client, None);
    let names = ["front-proxy-client.key", "front-proxy-client.crt"];
    let mut overtaken = 0;
    at_each_step(&old, Fate::Dead, committing(&change), |directory, step, _| {
        if is_interrupted(directory) && names.iter().all(|name| directory.read(name) == old.read(name)) {
            overtaken += 1;
            names.iter().for_each(|name| directory.write(name, theirs.read(name)));
            assert_eq!(recover(&directory.path(), &Unhindered).unwrap(), Recovery::Discarded, "step {step}");
            assert!(names.iter().all(|name| directory.read(name) == theirs.read(name)), "step {step}");
            let kept = directory.snapshot().into_iter().map(|(_, contents)| contents).collect::<Vec<_>>();
            assert!(names.iter().all(|name| kept.contains(&old.read(name))), "the last copy stays: step {step}");
            assert!(directory.names().iter().all(|name| !name.starts_with('.')), "step {step}");
            directory.assert_whole();
        }
    });
    assert!(overtaken > 0);
}

/// A key without its certificate would stay, where none was before.
#[test]
fn what_is_given_up_has_placed_nothing() {
    let old = Directory::made(&[]);
    old.remove("front-proxy-ca.key");
    let place = vec![(PkiFile::CaKey, b"ours".to_vec().into()), (PkiFile::CaCertificate, b"ours".to_vec().into())];
    let change = Change { place, retire: vec![PkiFile::CaCertificate], ..Change::default() };
    let ca = "front-proxy-ca.crt";
    let mut overtaken = 0;
    at_each_step(&old, Fate::Dead, committing(&change), |directory, step, _| {
        if is_interrupted(directory) && directory.read(ca) == old.read(ca) {
            directory.write(ca, b"theirs");
            if recover(&directory.path(), &Unhindered).unwrap() == Recovery::Discarded {
                overtaken += 1;
                assert!(directory.names().iter().all(|name| name != "front-proxy-ca.key"), "step {step}");
            }
        }
    });
    assert!(overtaken > 0);
}

/// A timer that says that nothing was to be done would hide that the servers need the files.
#[test]
fn a_renewal_that_is_finished_later_is_told_as_one() {
    let old = Directory::made(&[]);
    let change = change(&old.path(), Replace::Client, None);
    let mut finished = 0;
    at_each_step(&old, Fate::Dead, committing(&change), |directory, _, _| {
        if is_interrupted(directory) {
            finished += 1;
            let text = succeeded(&directory.renew(&["--if-due"]));
            let headlines =
                ["Renewed the front-proxy client in pki\n", "Finished what an interrupted run had begun in pki\n"];
            assert!(headlines.iter().any(|headline| text.starts_with(headline)), "{text}");
            assert_eq!(text.starts_with(headlines[0]), text.contains("client.key  renewed"), "{text}");
            assert!(text.contains("  scp "), "{text}");
            assert!(succeeded(&directory.renew(&["--if-due"])).starts_with("Nothing to do: "));
        }
    });
    assert!(finished > 0);
}

const CHILD_DIRECTORY: &str = "AGGCERT_TEST_DIRECTORY";
const CHILD_STEP: &str = "AGGCERT_TEST_STEP";
const CHILD_REPLACE: &str = "AGGCERT_TEST_REPLACE";

/// No test by itself: the process that `killed_at_every_step` starts and that kills itself.
#[test]
#[ignore = "started by killed_at_every_step"]
fn child() {
    let (Some(path), Some(step)) = (std::env::var_os(CHILD_DIRECTORY), std::env::var(CHILD_STEP).ok()) else { return };
    let path = PathBuf::from(path);
    let replace = match std::env::var(CHILD_REPLACE).unwrap().as_str() {
        "client" => Replace::Client,
        "everything" => Replace::Everything,
        _ => Replace::Nothing,
    };
    fs::create_dir_all(&path).unwrap();
    let change = change(&path, replace, None);
    commit(&path, &change, &StopAt::new(step.parse().unwrap(), Fate::Kill, &path)).unwrap();
}

/// A signal that nobody can catch, in a process of its own; the next run is the program itself.
#[test]
fn killed_at_every_step() {
    let nothing = Directory::new();
    let all = Directory::made(&[]);
    for (start, replace) in [(&nothing, "nothing"), (&all, "client"), (&all, "everything")] {
        for step in 0.. {
            let directory = if start.path().exists() { start.copy() } else { Directory::new() };
            let status = Command::new(std::env::current_exe().unwrap())
                .args(["--exact", "interrupted::child", "--ignored"])
                .env(CHILD_DIRECTORY, directory.path())
                .env(CHILD_STEP, step.to_string())
                .env(CHILD_REPLACE, replace)
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .status()
                .unwrap();
            assert_consistent(&directory.path());
            let keys = snapshot(&start.path()).into_iter().filter(|(name, _)| name.ends_with(".key"));
            let everywhere = snapshot(&directory.path());
            for (name, key) in keys {
                assert!(everywhere.iter().any(|(_, kept)| *kept == key), "{replace}, step {step}: {name} is lost");
            }
            succeeded(&directory.init(&[]));
            directory.assert_whole();
            if status.success() {
                assert!(step > 10, "only {step} steps");
                break;
            }
        }
    }
}

/// The program itself, killed from outside at moments that nobody chose.
#[test]
fn killed_at_any_moment() {
    let directory = Directory::made(&[]);
    let mut keys = Vec::new();
    for moment in 0..80 {
        keys.extend(directory.snapshot().into_iter().filter(|(name, _)| name.ends_with(".key")).map(|(_, key)| key));
        let mut command = directory.command();
        let mut child =
            command.args(["init", "pki", "--force"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(Duration::from_micros(moment * 250));
        child.kill().unwrap();
        child.wait().unwrap();
        assert_consistent(&directory.path());
        succeeded(&directory.init(&[]));
        directory.assert_whole();
    }
    let everywhere = directory.snapshot();
    assert!(keys.iter().all(|key| everywhere.iter().any(|(_, kept)| kept == key)), "a key is lost");
}

/// Puts a file where another is about to go.
struct Intruder(PathBuf);

impl Steps for Intruder {
    fn before(&self, action: &'static str, name: &str) -> io::Result<()> {
        if action == "rename" && name == "front-proxy-ca.key" {
            fs::write(&self.0, "theirs")?;
        }
        Ok(())
    }
}

#[test]
fn a_file_that_appears_meanwhile_is_not_overwritten() {
    let directory = Directory::new();
    fs::create_dir(directory.path()).unwrap();
    let change = change(&directory.path(), Replace::Nothing, None);
    let intruder = Intruder(directory.file("front-proxy-ca.key"));
    let error = commit(&directory.path(), &change, &intruder).unwrap_err();
    assert!(matches!(error, StoreError::InTheWay(_)), "{error}");
    assert_eq!(directory.read("front-proxy-ca.key"), b"theirs");
    let error = failed(&directory.init(&[]));
    assert!(error.contains("pki/front-proxy-ca.key has appeared while aggcert was at work"), "{error}");
    let error = failed(&directory.flags(&[]));
    assert!(error.contains("an `aggcert init` was interrupted"), "{error}");
    fs::rename(directory.file("front-proxy-ca.key"), directory.outside("theirs")).unwrap();
    let text = succeeded(&directory.init(&[]));
    assert!(text.starts_with("Finished what an interrupted run had begun in pki\n"), "{text}");
    directory.assert_whole();
}
