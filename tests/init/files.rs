//! Modes, links and neighbours.

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::process::{Command, Stdio};

use aggcert::pki::store::Unhindered;
use aggcert::pki::{PkiFile, Store};

use super::directory::{Directory, failed, succeeded};

fn mode(path: &std::path::Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

#[test]
fn modes_under_every_umask() {
    for (umask, directory_mode, certificate_mode) in [
        ("000", 0o755, 0o644),
        ("022", 0o755, 0o644),
        ("027", 0o750, 0o640),
        ("077", 0o700, 0o600),
        ("777", 0o700, 0o600),
    ] {
        let directory = Directory::new();
        let script = format!("umask {umask}; exec {} init pki", env!("CARGO_BIN_EXE_aggcert"));
        let parent = directory.path().parent().unwrap().to_owned();
        succeeded(&Command::new("sh").current_dir(parent).arg("-c").arg(script).output().unwrap());
        directory.assert_whole();
        assert_eq!(mode(&directory.path()), directory_mode, "{umask}");
        for file in PkiFile::SERVED {
            let expected = if file.is_key() { 0o600 } else { certificate_mode };
            assert_eq!(mode(&directory.file(file.name())), expected, "{file} under umask {umask}");
        }
    }
}

/// A run that waits for another one can be looked at.
#[cfg(target_os = "linux")]
#[test]
fn a_process_that_holds_keys_dumps_no_core() {
    let directory = Directory::made(&[]);
    let store = Store::open(&directory.path(), &Unhindered).unwrap().unwrap();
    assert!(store.try_lock().unwrap());
    let script = format!("ulimit -S -c unlimited; exec {} init pki --force", env!("CARGO_BIN_EXE_aggcert"));
    let mut command = directory.command_of("sh");
    let mut waiting = command.arg("-c").arg(script).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(waiting.stderr.take().unwrap()).read_line(&mut line).unwrap();
    assert!(line.starts_with("waiting for another run of aggcert"), "{line}");
    let limits = fs::read_to_string(format!("/proc/{}/limits", waiting.id())).unwrap();
    drop(store);
    assert!(waiting.wait().unwrap().success());
    let core = limits.lines().find_map(|line| line.strip_prefix("Max core file size")).unwrap();
    assert_eq!(core.split_whitespace().next(), Some("0"), "{limits}");
}

#[test]
fn directories_above_are_made_and_a_link_to_a_directory_is_followed() {
    let directory = Directory::new();
    succeeded(&directory.command().args(["init", "pki/a/b"]).output().unwrap());
    assert!(directory.file("a/b/front-proxy-client.key").is_file());

    symlink(directory.file("a"), directory.outside("link")).unwrap();
    succeeded(&directory.command().args(["init", "link"]).output().unwrap());
    assert!(directory.file("a/front-proxy-client.key").is_file());

    symlink("nowhere", directory.outside("dangling")).unwrap();
    let error = failed(&directory.command().args(["init", "dangling"]).output().unwrap());
    assert!(error.contains("dangling"), "{error}");
    assert!(!directory.outside("nowhere").exists());
}

#[test]
fn neighbours_are_left_alone() {
    let directory = Directory::new();
    directory.write("apiserver.key", "theirs");
    directory.write("front-proxy-ca.key.old", "theirs");
    succeeded(&directory.init(&[]));
    succeeded(&directory.init(&["--force"]));
    assert_eq!(directory.read("apiserver.key"), b"theirs");
    assert_eq!(directory.read("front-proxy-ca.key.old"), b"theirs");
}

/// A directory that somebody else could have prepared is no leftover of ours.
#[test]
fn leftovers_that_are_not_ours_are_refused() {
    for name in [".aggcert-init.ready", ".aggcert-init.new"] {
        let directory = Directory::new();
        fs::create_dir_all(directory.file(name)).unwrap();
        fs::set_permissions(directory.file(name), fs::Permissions::from_mode(0o755)).unwrap();
        let error = failed(&directory.init(&[]));
        assert!(
            error.contains(&format!("pki/{name} is not a directory that an interrupted run of this user")),
            "{error}"
        );

        let directory = Directory::new();
        fs::create_dir(directory.path()).unwrap();
        fs::create_dir(directory.outside("elsewhere")).unwrap();
        fs::set_permissions(directory.outside("elsewhere"), fs::Permissions::from_mode(0o700)).unwrap();
        symlink(directory.outside("elsewhere"), directory.file(name)).unwrap();
        let error = failed(&directory.init(&[]));
        assert!(
            error.contains(&format!("pki/{name} is not a directory that an interrupted run of this user")),
            "{error}"
        );
    }
}

#[test]
fn runs_at_the_same_time_take_turns() {
    let directory = Directory::new();
    let children = (0..16).map(|_| {
        let mut command = directory.command();
        command.args(["init", "pki", "--format", "json"]).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().unwrap()
    });
    let outputs = children.collect::<Vec<_>>().into_iter().map(|child| child.wait_with_output().unwrap());
    let changed = outputs.filter(|output| succeeded(output).contains("\"changed\": true")).count();
    assert_eq!(changed, 1);
    directory.assert_whole();

    // With --force each makes its own, and nothing of the others is lost.
    let children = (0..8).map(|_| {
        let mut command = directory.command();
        command.args(["init", "pki", "--force"]).stdout(Stdio::null()).stderr(Stdio::piped());
        command.spawn().unwrap()
    });
    for child in children.collect::<Vec<_>>() {
        succeeded(&child.wait_with_output().unwrap());
    }
    directory.assert_whole();
    assert_eq!(directory.names().len(), 9 * 4);
}

/// A running server watches the inode: the old one must go, and no other name may keep it.
#[test]
fn a_replaced_file_keeps_its_mode_and_its_copy_is_another_file() {
    let directory = Directory::made(&[]);
    let key = directory.file("front-proxy-client.key");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o640)).unwrap();
    let watched = fs::File::open(&key).unwrap();
    let old = directory.read("front-proxy-client.key");
    succeeded(&directory.init(&["--force"]));
    assert_eq!(mode(&key), 0o640);
    assert_eq!(watched.metadata().unwrap().nlink(), 0, "the old file still has a name");
    let names = directory.names();
    let copy = names.iter().find(|name| name.starts_with("front-proxy-client.key.")).unwrap();
    assert_eq!(directory.read(copy), old);
    assert_eq!(mode(&directory.file(copy)), 0o600);
}

#[test]
fn a_dry_run_writes_nothing() {
    let directory = Directory::new();
    let text = succeeded(&directory.init(&["--dry-run"]));
    assert!(text.starts_with("Would make a front-proxy CA and its client in pki\n"), "{text}");
    assert!(!directory.path().exists());

    succeeded(&directory.init(&[]));
    let before = directory.snapshot();
    let text = succeeded(&directory.init(&["--dry-run", "--force"]));
    assert!(text.contains("What is there would be kept under dated names:"), "{text}");
    assert!(succeeded(&directory.init(&["--dry-run"])).starts_with("Nothing to do"));
    assert_eq!(directory.snapshot(), before);

    directory.remove("front-proxy-client.key");
    failed(&directory.init(&["--dry-run"]));
}

/// Where kube-apiserver is not root, a list lets it read the key; the mode's part of the group is then the list's mask.
#[cfg(target_os = "linux")]
#[test]
fn an_access_control_list_stays() {
    use rustix::fs::{XattrFlags, getxattr, setxattr};
    // acl(5) in the kernel's form: version 2; user::rw-, user:65534:r--, group::---, mask::r--, other::---.
    let entries: [(u16, u16, u32); 5] =
        [(1, 6, u32::MAX), (2, 4, 65534), (4, 0, u32::MAX), (0x10, 4, u32::MAX), (0x20, 0, u32::MAX)];
    let mut list = 2_u32.to_le_bytes().to_vec();
    for (tag, permissions, who) in entries {
        list.extend([tag.to_le_bytes(), permissions.to_le_bytes()].concat());
        list.extend(who.to_le_bytes());
    }
    let directory = Directory::made(&[]);
    let key = directory.file("front-proxy-client.key");
    if setxattr(&key, "system.posix_acl_access", &list, XattrFlags::empty()).is_err() {
        // The file system has no lists.
        return;
    }
    let before = fs::read(&key).unwrap();
    succeeded(&directory.renew(&[]));
    assert_ne!(fs::read(&key).unwrap(), before);
    let mut buffer = [0; 256];
    let length = getxattr(&key, "system.posix_acl_access", buffer.as_mut_slice()).unwrap();
    assert_eq!(&buffer[..length], list);
}
