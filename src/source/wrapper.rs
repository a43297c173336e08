//! Commands that run a server where it sees another file system: containers, chroot, namespaces.
//!
//! Those that leave it as it is (sudo, env, nice, setpriv) are none of these.

use crate::source::container_run;
use crate::source::file_system::FileSystem;
use crate::source::program;
use crate::source::shell::Field;

/// Tools that run a command in what is there already.
const ENTERING: [(&str, &str); 13] = [
    ("docker", "exec"),
    ("podman", "exec"),
    ("nerdctl", "exec"),
    ("finch", "exec"),
    ("ctr", "exec"),
    ("crictl", "exec"),
    ("kubectl", "exec"),
    ("oc", "exec"),
    ("lxc", "exec"),
    ("incus", "exec"),
    ("machinectl", "shell"),
    ("runc", "exec"),
    ("crun", "exec"),
];

/// Tools that make a file system of their own in ways that are not read here.
const OTHERS: [&str; 9] =
    ["bwrap", "proot", "fakechroot", "rkt", "lxc-attach", "lxc-execute", "singularity", "apptainer", "firejail"];

/// What the program behind these words sees.
pub(super) fn file_system(before: &[Field]) -> FileSystem {
    let words: Vec<&str> = before.iter().map(|field| field.text.as_str()).collect();
    let mut seen = FileSystem::default();
    for (index, word) in words.iter().enumerate() {
        let rest = words.get(index + 1..).unwrap_or_default();
        if let Some(inner) = of_tool(program::base_name(word), rest) {
            seen = inner.within(&seen);
        }
    }
    // A tool that is not known here, but an image behind it.
    if seen.is_hosts() && container_run::image_version(before).is_some() { FileSystem::of_image() } else { seen }
}

fn of_tool(tool: &str, rest: &[&str]) -> Option<FileSystem> {
    match tool {
        _ if ENTERING.iter().any(|(name, entering)| *name == tool && rest.contains(entering)) => {
            Some(FileSystem::unknown(format!("{tool} runs it where another file system is, which is not told here")))
        }
        _ if container_run::TOOLS.contains(&tool) => Some(container(rest.get(container_run::options_from(rest)?..)?)),
        _ if OTHERS.contains(&tool) => {
            Some(FileSystem::unknown(format!("{tool} gives it another file system, which is not read here")))
        }
        "chroot" => {
            let directory = rest.iter().find(|word| !word.starts_with('-'))?;
            Some(root(Some(directory), tool))
        }
        "unshare" => options(rest, &["--root", "-R"]).next().map(|directory| root(Some(directory), tool)),
        "nsenter" => {
            let own = options(rest, &["--target", "-t"]).any(|target| target == "1");
            let enters = rest.iter().any(|word| {
                ["-m", "-a", "-r", "--all"].contains(word) || word.starts_with("--mount") || word.starts_with("--root")
            });
            (enters && !own).then(|| FileSystem::unknown("nsenter runs it in another mount namespace"))
        }
        "systemd-nspawn" => Some(nspawn(rest)),
        "systemd-run" => {
            let mut seen = FileSystem::default();
            let properties = options(rest, &["--property", "-p"]).filter_map(|property| property.split_once('='));
            properties.for_each(|(name, value)| seen.set(name, value));
            Some(seen)
        }
        _ => None,
    }
}

fn container(options_and_image: &[&str]) -> FileSystem {
    let mut seen = FileSystem::of_image();
    let of = |names: &'static [&'static str]| options(options_and_image, names);
    // A volume has a path; `-v` of what runs in the container may be something else.
    of(&["--volume", "-v"]).filter(|value| value.contains(['/', '$', '{'])).for_each(|value| seen.volume(value));
    of(&["--mount"]).filter(|value| value.contains('=')).for_each(|value| seen.mount_option(value));
    of(&["--tmpfs"]).for_each(|value| seen.hide(value.split(':').next().unwrap_or_default()));
    seen
}

/// systemd-nspawn(1): a directory with its mounts, or an image.
fn nspawn(rest: &[&str]) -> FileSystem {
    let mut seen = root(options(rest, &["--directory", "-D"]).next(), "systemd-nspawn");
    ["/tmp", "/run"].into_iter().for_each(|path| seen.hide(path));
    options(rest, &["--bind", "--bind-ro"]).for_each(|value| seen.set("BindPaths", value));
    options(rest, &["--tmpfs"]).for_each(|value| seen.set("TemporaryFileSystem", value));
    seen
}

/// The directory that is the root of what the program sees.
fn root(directory: Option<&str>, tool: &str) -> FileSystem {
    let Some(directory) = directory else {
        return FileSystem::unknown(format!("{tool} gives it another file system, which is not told here"));
    };
    let mut seen = FileSystem::default();
    if directory != "/" {
        seen.bind(directory, "/");
    }
    seen
}

/// The values of an option by its names: `--volume=/a:/b`, `--volume /a:/b`, `-v /a:/b`, `-v/a:/b`, `-itv /a:/b`.
fn options<'a>(words: &'a [&'a str], names: &'static [&'static str]) -> impl Iterator<Item = &'a str> {
    let value = move |(index, word): (usize, &&'a str)| {
        let next = || words.get(index + 1).copied();
        names.iter().find_map(|name| match word.strip_prefix(name) {
            Some("") => next(),
            Some(rest) if name.starts_with("--") => rest.strip_prefix('='),
            Some(rest) => Some(rest.strip_prefix('=').unwrap_or(rest)),
            None => {
                let letter = name.strip_prefix('-').filter(|letter| letter.len() == 1)?;
                let switches = word.strip_prefix('-')?.strip_suffix(letter)?;
                let is_switches = !switches.is_empty() && switches.bytes().all(|byte| byte.is_ascii_alphabetic());
                if is_switches { next() } else { None }
            }
        })
    };
    words.iter().enumerate().filter_map(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::shell;
    use crate::source::{Beneath, Mount};
    use crate::text::{SourceFile, Text};

    fn seen(line: &str) -> FileSystem {
        file_system(&shell::words(&Text::of(&SourceFile::new("x", line))).0)
    }

    #[test]
    fn volumes_of_a_container_are_mounts() {
        for line in [
            "docker run -d -v /a:/b:ro image",
            "sudo /usr/bin/podman --root /x run --volume=/a:/b image",
            "nerdctl create -itv /a:/b image",
            "docker container run -v/a:/b image",
            "podman run --mount type=bind,src=/a,dst=/b,ro image",
            "ctr -n k8s.io run --rm --mount type=bind,src=/a,dst=/b,options=rbind:ro image name",
        ] {
            let mounts = vec![Mount::of_host("/b", Some("/a".into()))];
            assert_eq!(seen(line), FileSystem { mounts, beneath: Beneath::Image }, "{line}");
        }
        assert_eq!(seen("docker run image flock -v 3"), FileSystem::of_image());
        assert_eq!(seen("new-tool run registry.k8s.io/kube-apiserver:v1.36.2"), FileSystem::of_image());
    }

    #[test]
    fn another_root_is_a_mount_and_another_namespace_is_unknown() {
        for line in ["chroot --userspec=0 /a", "exec chroot /a", "unshare -R /a -m", "systemd-run -p RootDirectory=/a"]
        {
            let mounts = vec![Mount::of_host("/", Some("/a".into()))];
            assert_eq!(seen(line), FileSystem { mounts, beneath: Beneath::Host }, "{line}");
        }
        let nspawn = seen("systemd-nspawn -D /a --bind-ro=/b:/c");
        assert!(nspawn.mounts.iter().any(|mount| mount.container_path == "/c"));
        for line in
            ["docker exec -it x", "kubectl -n a exec x --", "nsenter -t 7 -m", "systemd-nspawn -i x.raw", "bwrap"]
        {
            assert!(matches!(seen(line).beneath, Beneath::Unknown(_)), "{line}");
        }
        for line in
            ["sudo -u x", "env A=b", "nice -n 5", "setpriv --reuid=1", "systemd-run -p Restart=no", "unshare -n"]
        {
            assert!(seen(line).is_hosts(), "{line}");
        }
        assert!(seen("nsenter -t 1 -m").is_hosts() && seen("chroot /").is_hosts());
    }
}
