//! Which command of a unit's files runs: by our reading of a whole host, and where it is installed by systemd's own
//! (`systemd-analyze verify`, which names the programs that are not there).

#![allow(clippy::unwrap_used, clippy::panic)]

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use aggcert::lint::run::Inputs;

/// Files of a host, with the directory of the program that each starts; what begins with `->` is a link.
struct Host {
    files: &'static [(&'static str, &'static str)],
    /// What systemd is asked for.
    unit: &'static str,
    runs: &'static [&'static str],
}

const ETC: &str = "etc/systemd/system/kapi.service";
const USR: &str = "usr/lib/systemd/system/kapi.service";

const HOSTS: [Host; 20] = [
    Host { files: &[(USR, "+u"), (ETC, "+e")], unit: "kapi.service", runs: &["e"] },
    Host {
        files: &[
            (USR, "+u"),
            ("usr/local/lib/systemd/system/kapi.service", "+l"),
            ("run/systemd/system/kapi.service", "+r"),
        ],
        unit: "kapi.service",
        runs: &["r"],
    },
    Host {
        files: &[(ETC, "+e"), ("etc/systemd/system.control/kapi.service", "+c")],
        unit: "kapi.service",
        runs: &["c"],
    },
    Host {
        files: &[(ETC, "+e"), ("etc/systemd/system.attached/kapi.service", "+a")],
        unit: "kapi.service",
        runs: &["e"],
    },
    Host { files: &[(USR, "+u"), (ETC, "-> /dev/null")], unit: "kapi.service", runs: &[] },
    Host { files: &[(USR, "+u"), (ETC, "")], unit: "kapi.service", runs: &[] },
    Host {
        files: &[(USR, "+u"), ("etc/systemd/system/kapi.service.d/a.conf", "=e")],
        unit: "kapi.service",
        runs: &["e"],
    },
    Host {
        files: &[(ETC, "+e"), ("usr/lib/systemd/system/kapi.service.d/a.conf", "=u")],
        unit: "kapi.service",
        runs: &["u"],
    },
    Host {
        files: &[
            (ETC, "+e"),
            ("etc/systemd/system/kapi.service.d/a.conf", "=a"),
            ("usr/lib/systemd/system/kapi.service.d/z.conf", "=z"),
        ],
        unit: "kapi.service",
        runs: &["z"],
    },
    Host {
        files: &[
            (ETC, "+e"),
            ("etc/systemd/system/kapi.service.d/a.conf", "=a"),
            ("usr/lib/systemd/system/kapi.service.d/a.conf", "=u"),
        ],
        unit: "kapi.service",
        runs: &["a"],
    },
    Host {
        files: &[
            (ETC, "+e"),
            ("etc/systemd/system/kapi.service.d/a.conf", "-> /dev/null"),
            ("run/systemd/system/kapi.service.d/a.conf", "=r"),
        ],
        unit: "kapi.service",
        runs: &["e"],
    },
    Host {
        files: &[(ETC, "+e"), ("etc/systemd/system/kapi.service.d/a.conf.disabled", "=a")],
        unit: "kapi.service",
        runs: &["e"],
    },
    Host {
        files: &[
            (ETC, "+e"),
            ("etc/systemd/system/service.d/a.conf", "=s"),
            ("usr/lib/systemd/system/kapi.service.d/a.conf", "=u"),
        ],
        unit: "kapi.service",
        runs: &["u"],
    },
    Host {
        files: &[
            ("usr/lib/systemd/system/kube-api.service", "+u"),
            ("etc/systemd/system/kube-.service.d/a.conf", "=p"),
            ("usr/lib/systemd/system/kube-api.service.d/a.conf", "=o"),
        ],
        unit: "kube-api.service",
        runs: &["p"],
    },
    Host {
        files: &[
            (USR, "+u"),
            ("etc/systemd/system/api.service", "-> /usr/lib/systemd/system/kapi.service"),
            ("etc/systemd/system/api.service.d/a.conf", "=a"),
        ],
        unit: "kapi.service",
        runs: &["a"],
    },
    Host {
        files: &[(USR, "+u"), (ETC, "-> other.service"), ("etc/systemd/system/other.service", "+o")],
        unit: "kapi.service",
        runs: &["o"],
    },
    Host {
        files: &[
            ("usr/lib/systemd/system/kapi@.service", "+u"),
            ("etc/systemd/system/multi-user.target.wants/kapi@a.service", "-> /usr/lib/systemd/system/kapi@.service"),
            ("etc/systemd/system/kapi@a.service.d/a.conf", "=i"),
            ("etc/systemd/system/kapi@.service.d/b.conf", ""),
        ],
        unit: "kapi@a.service",
        runs: &["i"],
    },
    Host {
        files: &[
            ("usr/lib/systemd/system/kapi@.service", "+%i-%p"),
            ("etc/systemd/system/multi-user.target.wants/kapi@a.service", "-> ../kapi@.service"),
        ],
        unit: "kapi@a.service",
        runs: &["a-kapi"],
    },
    Host {
        files: &[
            ("srv/kapi.service", "+s"),
            (ETC, "-> ../../../srv/kapi.service"),
            ("run/systemd/system/kapi.service.d/a.conf", "=r"),
        ],
        unit: "kapi.service",
        runs: &["r"],
    },
    Host {
        files: &[(USR, "+u"), (ETC, "-> /dev/null"), ("run/systemd/system/kapi.service.d/a.conf", "=r")],
        unit: "kapi.service",
        runs: &[],
    },
];

#[test]
fn the_command_that_counts_is_the_one_that_systemd_runs() {
    for (at, host) in HOSTS.iter().enumerate() {
        let directory = tempfile::tempdir().unwrap();
        for (path, content) in host.files {
            write(&directory.path().join(path), content);
        }
        if let Some(theirs) = theirs(directory.path(), host.unit) {
            assert_eq!(theirs, host.runs, "systemd's own, host {at}: {:?}", host.files);
        }
        for root in [None, Some("/")] {
            assert_eq!(ours(directory.path(), root), host.runs, "host {at}, --root {root:?}: {:?}", host.files);
        }
    }
}

fn write(path: &Path, content: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let command =
        |program: &str| format!("ExecStart=/opt/{program}/kube-apiserver --requestheader-allowed-names={program}\n");
    match content.split_at_checked(1) {
        Some(("-", target)) => symlink(target.trim_start_matches("> "), path).unwrap(),
        Some(("+", program)) => fs::write(path, format!("[Service]\n{}", command(program))).unwrap(),
        Some(("=", program)) => fs::write(path, format!("[Service]\nExecStart=\n{}", command(program))).unwrap(),
        _ => fs::write(path, "").unwrap(),
    }
}

fn ours(host: &Path, root: Option<&str>) -> Vec<String> {
    let mut inputs = Inputs { paths: vec![host.to_owned()], ..Inputs::default() };
    inputs.reading.root = root.map(Into::into);
    let inventory = inputs.inventory();
    assert!(inventory.failures.is_empty() || inventory.setups.is_empty(), "{:?}", inventory.failures);
    assert_eq!(inventory.flags_not_read, 0, "what does not count leaves nothing open: {:?}", inventory.not_read);
    let arguments = inventory.setups.iter().flat_map(|setup| &setup.invocation.arguments);
    arguments.map(|argument| argument.text.as_str().rsplit('=').next().unwrap_or_default().to_owned()).collect()
}

/// `None`: it is not installed.
fn theirs(host: &Path, unit: &str) -> Option<Vec<String>> {
    let output =
        Command::new("systemd-analyze").arg(format!("--root={}", host.display())).args(["verify", unit]).output();
    let said = String::from_utf8(output.ok()?.stderr).unwrap();
    let program =
        |line: &str| Some(line.split_once("Command /opt/")?.1.split_once("/kube-apiserver is not")?.0.to_owned());
    Some(said.lines().filter_map(program).collect())
}

/// What gives a flag counts for nothing where a later line takes it back, whichever file that is in.
#[test]
fn what_a_unit_takes_back_leaves_nothing_open() {
    let reset = "[Service]\nExecStart=/usr/bin/kube-apiserver --requestheader-client-ca-file=/a\n\
                 # /etc/systemd/system/kapi.service.d/a.conf\n[Service]\n\
                 ExecStart=\nExecStart=/usr/bin/kube-apiserver --requestheader-client-ca-file=/b $X\n\
                 Environment=\"X=--requestheader-allowed-names=a\"\nEnvironment=\"X=--requestheader-allowed-names=b\"\n";
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("kapi.service"), reset).unwrap();
    let inventory = Inputs { paths: vec![directory.path().to_owned()], ..Inputs::default() }.inventory();
    let given: Vec<&str> =
        inventory.setups.iter().flat_map(|setup| &setup.invocation.arguments).map(|one| one.text.as_str()).collect();
    assert_eq!(given, ["--requestheader-client-ca-file=/b", "--requestheader-allowed-names=b"]);
    assert_eq!((inventory.parts_not_read, inventory.flags_not_read), (Vec::new(), 0));
}

/// A drop-in tells a part of a unit.
#[test]
fn a_drop_in_without_its_unit_decides_nothing() {
    let directory = tempfile::tempdir().unwrap();
    write(&directory.path().join("etc/systemd/system/kapi.service.d/a.conf"), "=a");
    let inventory = Inputs { paths: vec![directory.path().to_owned()], ..Inputs::default() }.inventory();
    let open = inventory.setups[0].invocation.open.as_ref().unwrap();
    assert!(open.value.contains("the file of kapi.service") && open.value.contains("systemctl cat kapi.service"));
}
