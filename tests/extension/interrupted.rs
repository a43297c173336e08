//! Dead at every step of each change: the old files, the new ones, or a change that the next run finishes.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use aggcert::pki::serving::{
    Ask, NextStep, ServingContents, ServingFile, ServingRequest, ServingWishes, make_serving, plan_serving,
};
use aggcert::pki::store::{Steps, Unhindered};
use aggcert::pki::{Change, KeyAlgorithm, Layout as _, Recovery, Store, StoreError, Validity};
use zeroize::Zeroizing;

use super::directory::{BEGIN, Directory, HOST};

/// From this step on nothing is done any more.
struct DeadAt {
    step: usize,
    count: AtomicUsize,
}

impl Steps for DeadAt {
    fn before(&self, _action: &'static str, _name: &str) -> io::Result<()> {
        let count = self.count.fetch_add(1, Ordering::SeqCst);
        if count >= self.step { Err(io::ErrorKind::Interrupted.into()) } else { Ok(()) }
    }
}

fn change(path: &Path, ask: Ask) -> Change<ServingFile> {
    let store = Store::open(path, &Unhindered).unwrap().unwrap();
    let contents = ServingContents::read(&store);
    let wishes = ServingWishes {
        key_algorithm: KeyAlgorithm::EcdsaP256,
        ca_common_name: "ca".to_owned(),
        ca_validity: Validity::days(3650),
        common_name: HOST.to_owned(),
        validity: Validity::days(365),
        renew_before: None,
        dns_names: vec![HOST.to_owned()],
    };
    let request = ServingRequest { directory: path.to_owned(), ask, wishes };
    let plan = plan_serving(&request, &contents, BEGIN).unwrap();
    let mut change = make_serving(&plan, &request.wishes, &contents, BEGIN).unwrap();
    for file in [ServingFile::Secret, ServingFile::ApiService] {
        change.place.push((file, Zeroizing::new(format!("new {file}").into_bytes())));
        if store.status(file.name()).unwrap().is_some() {
            change.overwrite.push(file);
        }
    }
    change
}

fn commit(path: &Path, change: &Change<ServingFile>, steps: &dyn Steps) -> Result<(), StoreError> {
    let store = Store::open(path, steps)?.unwrap();
    store.commit(change, BEGIN).map(drop)
}

fn recover(path: &Path, steps: &dyn Steps) -> Result<Recovery<ServingFile>, StoreError> {
    Store::open(path, steps)?.unwrap().recover()
}

fn is_final(name: &str) -> bool {
    ServingFile::PKI.iter().chain(&ServingFile::OBJECTS).any(|file| file.name() == name)
}

/// The files by their final names.
fn state(directory: &Directory) -> BTreeMap<String, Vec<u8>> {
    directory.snapshot().into_iter().filter(|(name, _)| is_final(name)).collect()
}

fn copy(of: &Directory) -> Directory {
    let copy = Directory::new();
    std::fs::create_dir(copy.path()).unwrap();
    for name in of.snapshot().keys() {
        std::fs::copy(of.file(name), copy.file(name)).unwrap();
    }
    copy
}

#[test]
fn each_change_is_done_or_not_done_wherever_it_dies() {
    let made = Directory::made(&[]);
    let both = copy(&made);
    commit(&both.path(), &change(&both.path(), Ask::ReplaceCa), &Unhindered).unwrap();
    let switched = copy(&both);
    commit(&switched.path(), &change(&switched.path(), Ask::Next(NextStep::Switch)), &Unhindered).unwrap();
    for (before, ask) in [
        (&made, Ask::ReplaceCa),
        (&both, Ask::Next(NextStep::Switch)),
        (&switched, Ask::Next(NextStep::Distrust)),
        (&made, Ask::Everything),
    ] {
        let change = change(&before.path(), ask);
        let done = copy(before);
        commit(&done.path(), &change, &Unhindered).unwrap();
        let (old, new) = (state(before), state(&done));
        assert_ne!(old, new);
        let mut steps = 0;
        loop {
            let directory = copy(before);
            let count = AtomicUsize::new(0);
            let is_done = commit(&directory.path(), &change, &DeadAt { step: steps, count }).is_ok();
            // The next run may die as well.
            let _ = recover(&directory.path(), &DeadAt { step: 2, count: AtomicUsize::new(0) });
            recover(&directory.path(), &Unhindered).unwrap();
            let state = state(&directory);
            assert!(state == old || state == new, "{ask:?}, dead at step {steps}");
            let left = directory.snapshot().into_keys().find(|name| name.starts_with('.'));
            assert_eq!(left, None, "{ask:?}, dead at step {steps}");
            if is_done {
                assert_eq!(state, new);
                break;
            }
            steps += 1;
        }
        assert!(steps > 10, "only {steps} steps");
    }
}
