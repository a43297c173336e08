//! Private keys that others than their owner can read or replace.

use crate::lint::facts::look::{Judged, not_applicable};
use crate::lint::{Check, Finding, Fix, Outcome, Rule, Severity};
use crate::model::{KeyFile, Setup};
use crate::text::operand;

const READ: u32 = 0o044;
const WRITE: u32 = 0o022;
const STICKY: u32 = 0o1000;

pub(super) static RULE: Rule = Rule {
    id: "key-permissions",
    severity: Severity::Warning,
    text: include_str!("../../../docs/rules/key-permissions.md"),
    checks: &[Check::Server(|setup, _| judge(setup).into())],
};

fn judge(setup: &Setup) -> Judged {
    let keys = keys(setup);
    if keys.is_empty() {
        return Err(match setup.keys_not_read.first() {
            Some(why) => why.clone().into(),
            None => not_applicable("no private key was seen"),
        });
    }
    let mut findings: Vec<Finding> = keys.iter().filter_map(|key| file(key)).collect();
    let mut directories: Vec<String> = Vec::new();
    for key in &keys {
        let directory = directory_of(key);
        if !directories.contains(&directory) {
            findings.extend(directory_finding(key, &directory));
            directories.push(directory);
        }
    }
    if !findings.is_empty() {
        return Ok(findings);
    }
    if let Some(key) = keys.iter().find(|key| key.mode.is_none()) {
        return Err(Outcome::undecided(format!("the permissions of {} could not be seen", key.path)));
    }
    setup.keys_not_read.first().map_or(Ok(findings), |why| Err(why.clone().into()))
}

/// Every key once.
fn keys(setup: &Setup) -> Vec<&KeyFile> {
    let mut keys: Vec<&KeyFile> = Vec::new();
    for key in setup.proxy_client_key.loaded().into_iter().chain(&setup.keys_on_host) {
        if !keys.iter().any(|known| known.looked_at == key.looked_at) {
            keys.push(key);
        }
    }
    keys
}

fn directory_of(key: &KeyFile) -> String {
    match key.path.rsplit_once('/') {
        Some(("", _)) => "/".to_owned(),
        Some((directory, _)) => directory.to_owned(),
        None => ".".to_owned(),
    }
}

fn file(key: &KeyFile) -> Option<Finding> {
    let mode = key.mode?;
    if mode & (READ | WRITE) == 0 {
        return None;
    }
    Some(Finding {
        severity: Severity::Warning,
        message: format!("the private key {} has the mode {mode:04o}: {}", key.path, who(mode)),
        origin: key.origin.clone(),
        label: format!("mode {mode:04o}"),
        related: Vec::new(),
        consequence: "Whoever reads the key has all that it allows: a proxy client's key makes one any user."
            .to_owned(),
        demonstration: None,
        fix: Fix::from("Let nobody but its owner read or write it.").command(&["chmod", "0600", &operand(&key.path)]),
        identity: vec![key.path.clone()],
    })
}

fn directory_finding(key: &KeyFile, directory: &str) -> Option<Finding> {
    let mode = key.directory_mode?;
    if mode & WRITE == 0 || mode & STICKY != 0 {
        return None;
    }
    Some(Finding {
        severity: Severity::Warning,
        message: format!("the directory {directory} of {} has the mode {mode:04o}: {}", key.path, who(mode & WRITE)),
        origin: key.origin.clone(),
        label: format!("its directory has the mode {mode:04o}"),
        related: Vec::new(),
        consequence: "Whoever can write there puts another key and certificate in place, which kube-apiserver loads \
                      without a restart."
            .to_owned(),
        demonstration: None,
        fix: Fix::from("Let nobody but its owner write there.").command(&["chmod", "go-w", &operand(directory)]),
        identity: vec![directory.to_owned()],
    })
}

/// Who may do what, besides the owner.
fn who(mode: u32) -> String {
    let may = |class: u32| match (mode & READ & class != 0, mode & WRITE & class != 0) {
        (true, true) => Some("read and write"),
        (true, false) => Some("read"),
        (false, true) => Some("write"),
        (false, false) => None,
    };
    let (group, others) = (may(0o070), may(0o007));
    match (group, others) {
        (Some(group), Some(others)) if group == others => format!("its group and all others can {group} it"),
        (Some(group), Some(others)) => format!("its group can {group} it and all others can {others} it"),
        (Some(group), None) => format!("its group can {group} it"),
        (None, Some(others)) => format!("all others can {others} it"),
        (None, None) => "only its owner can use it".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::testing::{Cluster, Expect, PROXY_CLIENT_KEY, check};

    fn with_mode(mode: u32) -> Setup {
        let cluster = Cluster::new();
        cluster.server().file_with_mode(PROXY_CLIENT_KEY, &cluster.proxy_client.key_pem, mode).setup()
    }

    #[test]
    fn fails_when_group_or_others_can_read() {
        for (mode, who) in [
            (0o644, "its group and all others can read it"),
            (0o640, "its group can read it"),
            (0o604, "all others can read it"),
            (0o622, "its group and all others can write it"),
            (0o664, "its group can read and write it and all others can read it"),
        ] {
            let finding = check(&RULE, with_mode(mode)).expect_finding();
            assert!(finding.message.ends_with(who), "{mode:o}: {}", finding.message);
            assert!(finding.fix.commands[0].starts_with("chmod 0600 "), "{}", finding.fix);
        }
    }

    #[test]
    fn fails_once_for_a_directory_that_others_can_write_to() {
        let cluster = Cluster::new();
        let beside = "/etc/kubernetes/pki/other.key";
        let mut setup = cluster.server().file(beside, &cluster.client_ca.key_pem).setup();
        let set = |setup: &mut Setup, mode| {
            setup.keys_on_host.iter_mut().for_each(|key| key.directory_mode = Some(mode));
            if let crate::model::FileState::Loaded(key) = &mut setup.proxy_client_key.state {
                key.directory_mode = Some(mode);
            }
        };
        set(&mut setup, 0o777);
        let findings = match check(&RULE, &setup) {
            Outcome::Fail(findings) => findings,
            other => panic!("{other:?}"),
        };
        assert!(findings.iter().all(|finding| finding.message.contains("the mode 0777")), "{findings:#?}");
        set(&mut setup, 0o1777);
        check(&RULE, &setup).expect_pass();
    }

    #[test]
    fn passes_with_0600_and_0400() {
        check(&RULE, with_mode(0o600)).expect_pass();
        check(&RULE, with_mode(0o400)).expect_pass();
    }

    #[test]
    fn does_not_apply_where_no_key_is() {
        check(&RULE, Cluster::new().server().without_file(PROXY_CLIENT_KEY)).expect_not_applicable();
    }
}
