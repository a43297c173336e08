//! Private keys that others than their owner can read or replace, and certificates that they can replace.

use crate::lint::facts::directory::file_on_node;
use crate::lint::prelude::*;
use crate::model::{DirectoryAbove, ForeignOwner, KeptKey, KeyFile, Permissions, PublicFile};
use crate::text::operand;

const READ: u32 = 0o044;
const WRITE: u32 = 0o022;
const STICKY: u32 = 0o1000;

pub(super) static RULE: Rule = Rule {
    id: "key-permissions",
    severity: Severity::Warning,
    text: include_str!("../../../docs/rules/key-permissions.md"),
    checks: &[Check::Server(|setup, _| judge(setup).into()), Check::ApiService(beside_api_service)],
};

/// The keys of an extension API server, where they are kept beside its objects. What somebody else's manifests have for a
/// mode, a checkout decided.
fn beside_api_service(service: &ApiService, context: &Context<'_>) -> Outcome {
    let is_first = context.beside.api_services.first().is_none_or(|first| first.name == service.name);
    let keys = context.objects.keys();
    if !is_first || !context.beside.servers.is_empty() || keys.iter().all(|key| key.is_manifest) {
        return not_applicable("no private key of it is kept beside it");
    }
    Ok(keys.iter().filter_map(kept).collect()).into()
}

fn kept(key: &KeptKey) -> Option<Finding> {
    let place = if key.is_manifest { "in " } else { "" };
    let consequence = "Whoever reads the key of an extension API server, or makes a certificate with that of its CA, can answer \
                       kube-apiserver in its place, and reads what users send.";
    open_key(place, &key.path, &key.origin, key.mode, consequence)
}

fn judge(setup: &Setup) -> Judged {
    let keys = keys(setup);
    let mut findings: Vec<Finding> = keys.iter().filter_map(|key| file(setup, key)).collect();
    let is_named = |public: &&PublicFile| keys.iter().all(|key| key.path != public.path);
    findings.extend(setup.public_files.iter().filter(is_named).filter_map(|file| public_file(setup, file)));
    findings.extend(directories(setup, &keys));
    findings.extend(setup.directories_above.iter().filter_map(above));
    findings.extend(setup.foreign_owners.iter().map(foreign));
    if !findings.is_empty() {
        return Ok(findings);
    }
    if keys.is_empty() {
        return Err(match setup.keys_not_read.first() {
            Some(why) => why.clone().into(),
            None => not_applicable("no private key was seen"),
        });
    }
    if let Some(key) = keys.iter().find(|key| key.mode.is_none()) {
        return Err(Outcome::undecided(format!("the permissions of {} could not be seen", key.path)));
    }
    found_or(findings, setup.keys_not_read.first().cloned())
}

/// Every key once.
fn keys(setup: &Setup) -> Vec<&KeyFile> {
    let mut keys: Vec<&KeyFile> = Vec::new();
    // What a document holds has no permissions.
    let is_written = |key: &KeyFile| setup.invocation.written_key(&key.path).is_some();
    let all = setup.proxy_client_key.loaded().into_iter().chain(&setup.keys_on_host);
    for key in all.filter(|key| !is_written(key)) {
        if !keys.iter().any(|known| known.looked_at == key.looked_at) {
            keys.push(key);
        }
    }
    keys
}

/// Each directory once.
fn directories(setup: &Setup, keys: &[&KeyFile]) -> Vec<Finding> {
    // For a key its group counts whoever is in it.
    let of_key = |mode| Permissions { mode, has_own_group: false };
    let path = |path| file_on_node(setup, path);
    let with_keys = keys.iter().map(|key| (path(&key.path), &key.origin, key.directory_mode.map(of_key)));
    let with_certificates = setup.public_files.iter().map(|file| (path(&file.path), &file.origin, file.directory));
    let mut seen: Vec<String> = Vec::new();
    let mut findings = Vec::new();
    for (path, origin, permissions) in with_keys.chain(with_certificates) {
        let directory = directory_of(&path);
        if !seen.contains(&directory) {
            findings
                .extend(permissions.and_then(|permissions| directory_finding(&path, origin, permissions, &directory)));
            seen.push(directory);
        }
    }
    findings
}

fn directory_of(path: &str) -> String {
    match path.rsplit_once('/') {
        Some(("", _)) => "/".to_owned(),
        Some((directory, _)) => directory.to_owned(),
        None => ".".to_owned(),
    }
}

fn file(setup: &Setup, key: &KeyFile) -> Option<Finding> {
    // A file of a certificate that holds its key, too.
    let place = if setup.public_files.iter().any(|file| file.path == key.path) { "in " } else { "" };
    let consequence = "Whoever reads the key has all that it allows: a proxy client's key makes one any user.";
    open_key(place, &file_on_node(setup, &key.path), &key.origin, key.mode?, consequence)
}

/// `None`: nobody but its owner can use it.
fn open_key(place: &str, path: &str, origin: &Origin, mode: u32, consequence: &str) -> Option<Finding> {
    if mode & (READ | WRITE) == 0 {
        return None;
    }
    let message = format!("the private key {place}{path} has the mode {mode:04o}: {}", who(mode));
    // Such a server would not start any more.
    let by_group = if mode & READ & 0o070 == 0 {
        ""
    } else {
        " A server that reads it by its group, because it does not run as root, has to own it first."
    };
    let fix = Fix::from(format!("Let nobody but its owner read or write it.{by_group}"));
    let fix = fix.command(&["chmod", "0600", &operand(path)]);
    let finding = Finding::warning(message).at(origin, format!("mode {mode:04o}"));
    Some(finding.consequence(consequence).fix(fix).identity([path]))
}

/// Everybody may read a file of certificates, and nobody but its owner write it.
fn public_file(setup: &Setup, file: &PublicFile) -> Option<Finding> {
    let path = file_on_node(setup, &file.path);
    let permissions = file.permissions?;
    let (mode, writers) = (permissions.mode, writers(permissions));
    if writers == 0 {
        return None;
    }
    let (what, consequence) = if file.is_bundle {
        (
            "CA file",
            "Whoever can write it puts a CA of his own in, which kube-apiserver trusts without a restart: he is any user.",
        )
    } else {
        (
            "certificate",
            "Whoever can write it puts another certificate in place, which kube-apiserver loads without a restart: \
             extension API servers then refuse what it passes on.",
        )
    };
    let message = format!("the {what} {path} has the mode {mode:04o}: {}", who(writers));
    let fix = Fix::from("Let nobody but its owner write it.").command(&["chmod", "go-w", &operand(&path)]);
    let finding = Finding::warning(message).at(&file.origin, format!("mode {mode:04o}"));
    Some(finding.consequence(consequence).fix(fix).identity([path]))
}

/// The bits of those who may write besides the owner and root.
fn writers(permissions: Permissions) -> u32 {
    permissions.mode & if permissions.has_own_group { WRITE & 0o007 } else { WRITE }
}

fn directory_finding(path: &str, origin: &Origin, permissions: Permissions, directory: &str) -> Option<Finding> {
    let (mode, writers) = (permissions.mode, writers(permissions));
    if writers == 0 || mode & STICKY != 0 {
        return None;
    }
    let message = format!("the directory {directory} of {path} has the mode {mode:04o}: {}", who(writers));
    let finding = Finding::warning(message)
        .at(origin, format!("its directory has the mode {mode:04o}"))
        .consequence(
            "Whoever can write there puts another key and certificate in place, which kube-apiserver loads without a restart.",
        )
        .fix(Fix::from("Let nobody but its owner write there.").command(&["chmod", "go-w", &operand(directory)]));
    Some(finding.identity([directory]))
}

/// Whoever may write to a directory in the path renames what the path leads through.
fn above(directory: &DirectoryAbove) -> Option<Finding> {
    let DirectoryAbove { path, file, origin, permissions } = directory;
    directory_finding(file, origin, *permissions, path)
}

fn foreign(found: &ForeignOwner) -> Finding {
    let ForeignOwner { path, origin, owner, .. } = found;
    let fix = if found.is_open_to_others() {
        Fix::from("Give it to root, and where an installer made it so (Kubespray: kube_owner), tell that.").command(&[
            "chown",
            "root",
            &operand(path),
        ])
    } else {
        Fix::from(
            "Give it to root when nothing needs it that runs as this user: root's, it can be read by no other. What runs as \
             that user:",
        )
        .command(&["ps", "-f", "-U", &owner.to_string()])
    };
    Finding::warning(format!("{path} belongs to user {owner}, who is neither root nor the server's user"))
        .at(origin, format!("belongs to user {owner}"))
        .consequence(
            "This user can put other files in place, which kube-apiserver loads without a restart, and reads the key if it \
             is that.",
        )
        .fix(fix)
        .identity([path])
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
    use crate::lint::testing::{CLIENT_CA, Cluster, Expect, FRONT_PROXY_CA, PROXY_CLIENT, PROXY_CLIENT_KEY, check};

    fn with_mode(mode: u32) -> Setup {
        let cluster = Cluster::new();
        cluster.server().file_with_mode(PROXY_CLIENT_KEY, &cluster.proxy_client.key_pem, mode).setup()
    }

    #[test]
    fn fails_when_group_or_others_can_read() {
        for mode in [0o600, 0o400] {
            check(&RULE, with_mode(mode)).expect_pass();
        }
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
            assert_eq!(finding.fix.to_string().contains("has to own it first"), mode & 0o040 != 0, "{mode:o}");
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
    fn fails_with_a_ca_file_or_certificate_that_others_can_write() {
        let cluster = Cluster::new();
        for (path, pem, what) in [
            (CLIENT_CA, &cluster.client_ca.pem, "the CA file "),
            (FRONT_PROXY_CA, &cluster.front_proxy_ca.pem, "the CA file "),
            (PROXY_CLIENT, &cluster.proxy_client.pem, "the certificate "),
        ] {
            let finding = check(&RULE, cluster.server().file_with_mode(path, pem, 0o646)).expect_finding();
            assert_eq!(finding.message, format!("{what}{path} has the mode 0646: all others can write it"));
            assert_eq!(finding.fix.commands, [format!("chmod go-w {path}")]);
        }
        // Nor does it take a key to be seen.
        let public = cluster.server().without_file(PROXY_CLIENT_KEY);
        check(&RULE, public.file_with_mode(FRONT_PROXY_CA, &cluster.front_proxy_ca.pem, 0o666)).expect_finding();
    }

    #[test]
    fn fails_with_a_directory_above_that_others_can_write_to() {
        let mut setup = Cluster::new().server().setup();
        let set = |setup: &mut Setup, mode, has_own_group| {
            let above = setup.directories_above.iter_mut().filter(|directory| directory.path.ends_with("/kubernetes"));
            above.for_each(|directory| directory.permissions = Permissions { mode, has_own_group });
        };
        set(&mut setup, 0o777, true);
        let finding = check(&RULE, &setup).expect_finding();
        assert!(finding.message.contains("/etc/kubernetes of /etc/kubernetes/pki/"), "{}", finding.message);
        assert!(finding.message.ends_with("all others can write it"), "{}", finding.message);
        for (mode, has_own_group) in [(0o1777, false), (0o775, true), (0o755, false)] {
            set(&mut setup, mode, has_own_group);
            check(&RULE, &setup).expect_pass();
        }
    }

    /// Nothing that runs as that user is locked out.
    #[test]
    fn fails_with_what_strangers_own() {
        let mut setup = Cluster::new().server().setup();
        let origin = setup.invocation.origin.clone();
        for (mode, fix) in [
            (0o644, "chown root /etc/kubernetes/pki"),
            (0o755, "chown root /etc/kubernetes/pki"),
            (0o600, "ps -f -U 998"),
            (0o750, "ps -f -U 998"),
            (0o754, "ps -f -U 998"),
        ] {
            let path = "/etc/kubernetes/pki".to_owned();
            setup.foreign_owners = vec![ForeignOwner { path, origin: origin.clone(), owner: 998, mode }];
            let finding = check(&RULE, &setup).expect_finding();
            assert_eq!(finding.fix.commands, [fix], "{mode:o}");
        }
    }

    #[test]
    fn a_group_without_other_members_writes_nothing() {
        let writers = |mode, has_own_group| writers(Permissions { mode, has_own_group });
        assert_eq!(writers(0o664, true), 0);
        assert_eq!(writers(0o664, false), 0o020);
        assert_eq!(writers(0o666, true), 0o002);
    }

    #[test]
    fn fails_with_a_key_in_a_readable_certificate_or_a_copy_beside() {
        let cluster = Cluster::new();
        let key = &cluster.proxy_client.key_pem;
        let both = format!("{}{key}", cluster.proxy_client.pem);
        let finding = check(&RULE, cluster.server().file_with_mode(PROXY_CLIENT, &both, 0o644)).expect_finding();
        assert!(finding.message.starts_with(&format!("the private key in {PROXY_CLIENT} has")), "{}", finding.message);
        check(&RULE, cluster.server().file_with_mode(PROXY_CLIENT, &both, 0o600)).expect_pass();
        for name in ["front-proxy-client.key.bak", "backup.pem"] {
            let path = format!("/etc/kubernetes/pki/{name}");
            check(&RULE, cluster.server().file_with_mode(&path, key, 0o666))
                .expect_finding()
                .says(&format!("{name} has the mode 0666"));
        }
    }

    #[test]
    fn does_not_apply_where_no_key_is() {
        check(&RULE, Cluster::new().server().without_file(PROXY_CLIENT_KEY)).expect_not_applicable();
    }
}
