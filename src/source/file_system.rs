//! What a process sees of the host's file system: the mounts of a container, another root directory.

use crate::source::base::{below, joined};
use crate::source::expression::has_expression;
use crate::source::{Beneath, Invocation, Mount};

/// Nobody mounts more; each is compared with all others.
const MOST_MOUNTS: usize = 256;

/// What a process sees, the host's file system where nothing is said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct FileSystem {
    /// Longest container path first.
    pub(super) mounts: Vec<Mount>,
    pub(super) beneath: Beneath,
}

impl FileSystem {
    /// A container's, with nothing of the host yet.
    pub(super) fn of_image() -> Self {
        Self { beneath: Beneath::Image, ..Self::default() }
    }

    /// One of which nothing is known.
    pub(super) fn unknown(why: impl Into<String>) -> Self {
        Self { beneath: Beneath::Unknown(why.into()), ..Self::default() }
    }

    /// Whether the process sees what the host has.
    pub(super) fn is_hosts(&self) -> bool {
        self.mounts.is_empty() && self.beneath == Beneath::Host
    }

    /// Shows a directory or file of the host at a path. A mount at an unknown path may hide any other.
    pub(super) fn bind(&mut self, host: &str, path: &str) {
        // systemd's specifiers, too.
        let is_known = !has_expression(host) && !host.contains('%');
        self.mount(path, is_known.then(|| host.to_owned()));
    }

    /// Hides what the host has at a path.
    pub(super) fn hide(&mut self, path: &str) {
        self.mount(path, None);
    }

    fn mount(&mut self, path: &str, host_path: Option<String>) {
        if has_expression(path) {
            *self = Self::unknown(format!("a volume is mounted at `{path}`, and where that is is not told"));
        } else if self.mounts.len() >= MOST_MOUNTS {
            *self = Self::unknown(format!("more than {MOST_MOUNTS} volumes are mounted, which are not looked at"));
        } else if !matches!(self.beneath, Beneath::Unknown(_)) {
            // A later mount of one path lies over an earlier one.
            self.mounts.retain(|mount| mount.container_path != path);
            self.mounts.push(Mount::of_host(path, host_path));
            Mount::longest_first(&mut self.mounts);
        }
    }

    /// `HOST:PATH[:OPTIONS]`, or a path alone: a volume of the tool's own.
    pub(super) fn volume(&mut self, value: &str) {
        match parts(value).as_slice() {
            [] => {}
            [only] => self.hide(only),
            // A name is a volume of the tool's own.
            [host, path, ..] if is_directory(host) => self.bind(host, path),
            [_, path, ..] => self.hide(path),
        }
    }

    /// `type=bind,source=HOST,target=PATH`.
    pub(super) fn mount_option(&mut self, value: &str) {
        let field = |names: &[&str]| {
            let mut fields = value.split(',').filter_map(|field| field.split_once('='));
            fields.find(|(name, _)| names.contains(name)).map(|(_, value)| value)
        };
        let host = field(&["src", "source"]).filter(|host| is_directory(host));
        match (field(&["dst", "target", "destination"]), host) {
            (Some(path), Some(host)) if field(&["type"]).is_none_or(|kind| kind == "bind") => self.bind(host, path),
            (Some(path), _) => self.hide(path),
            (None, _) => *self = Self::unknown(format!("what `{value}` mounts is not told")),
        }
    }

    /// A setting of a unit's (systemd.exec(5), "Sandboxing" and "Paths"; `systemd-run --property=`).
    pub(super) fn set(&mut self, name: &str, value: &str) {
        let words =
            || value.split_whitespace().map(|word| word.trim_matches(['"', '\'']).trim_start_matches(['-', '+']));
        match name {
            "RootDirectory" if value != "/" => self.bind(value, "/"),
            "RootImage" => *self = Self::unknown(format!("RootImage={value} has another file system")),
            "BindPaths" | "BindReadOnlyPaths" => words().for_each(|word| match parts(word).as_slice() {
                [host, path, ..] => self.bind(host, path),
                [both] => self.bind(both, both),
                [] => {}
            }),
            "TemporaryFileSystem" => words().filter_map(|word| word.split(':').next()).for_each(|path| self.hide(path)),
            "InaccessiblePaths" => words().for_each(|path| self.hide(path)),
            "MountImages" => words().filter_map(|word| word.split(':').nth(1)).for_each(|path| self.hide(path)),
            "ExtensionImages" | "ExtensionDirectories" => {
                ["/usr", "/opt", "/etc"].into_iter().for_each(|path| self.hide(path));
            }
            "PrivateTmp" if is_on(value) => ["/tmp", "/var/tmp"].into_iter().for_each(|path| self.hide(path)),
            "ProtectHome" if is_on(value) => {
                ["/home", "/root", "/run/user"].into_iter().for_each(|path| self.hide(path));
            }
            _ => {}
        }
    }

    /// The same where the host is what another shows of it.
    pub(super) fn within(&self, outer: &Self) -> Self {
        let length = |mount: &Mount| mount.container_path.trim_end_matches('/').len();
        // What is nearer lies over it.
        let is_hidden = |candidate: &Mount, from: Option<usize>| {
            let covers = |own: &&Mount| below(&candidate.container_path, &own.container_path).is_some();
            self.mounts.iter().filter(covers).any(|own| from.is_none_or(|from| length(own) > from))
        };
        let mut mounts = Vec::new();
        for own in &self.mounts {
            let moved = own.host_path.iter().flat_map(|source| outer.moved(source, &own.container_path));
            mounts.extend(moved.filter(|mount| !is_hidden(mount, Some(length(own)))));
            mounts.push(outer.shown(own));
        }
        let mut beneath = self.beneath.clone();
        if beneath == Beneath::Host {
            mounts.extend(outer.mounts.iter().filter(|mount| !is_hidden(mount, None)).cloned());
            beneath = outer.beneath.clone();
        }
        Mount::longest_first(&mut mounts);
        Self { mounts, beneath }
    }

    /// The mounts below a directory, as they are seen where that directory is shown.
    fn moved<'a>(&'a self, from: &'a str, to: &'a str) -> impl Iterator<Item = Mount> + 'a {
        self.mounts.iter().filter_map(move |mount| {
            let rest = below(&mount.container_path, from).filter(|rest| !rest.is_empty())?;
            let container_path = joined(to, rest);
            Some(Mount { container_path, ..mount.clone() })
        })
    }

    /// A mount of what this one has.
    fn shown(&self, mount: &Mount) -> Mount {
        let Some(path) = &mount.host_path else { return mount.clone() };
        let (host_path, volume) = match Mount::of(&self.mounts, path) {
            Some((outer, rest)) => (outer.on_host(rest), outer.volume.as_ref().map(|volume| volume.shown_at(rest))),
            None => (Some(path.clone()).filter(|_| self.beneath == Beneath::Host), None),
        };
        Mount { container_path: mount.container_path.clone(), host_path, volume }
    }
}

impl Invocation {
    /// Runs it where the host's file system is seen so.
    pub(super) fn see(&mut self, outer: &FileSystem) {
        if outer.is_hosts() {
            return;
        }
        let own = FileSystem { mounts: std::mem::take(&mut self.mounts), beneath: self.beneath.clone() };
        let seen = own.within(outer);
        (self.mounts, self.beneath) = (seen.mounts, seen.beneath);
    }
}

/// A switch, or another of the values that switch something on.
fn is_on(value: &str) -> bool {
    ["1", "yes", "y", "true", "t", "on", "tmpfs", "connected", "disconnected"].contains(&value)
}

/// A directory of the host, and no name of a volume.
fn is_directory(host: &str) -> bool {
    host.starts_with(['/', '.', '~']) || has_expression(host)
}

/// The parts between colons, other than those of an expression: `${DIR:-/etc}:/etc`.
fn parts(value: &str) -> Vec<&str> {
    let mut depth = 0_usize;
    let separator = move |character: char| {
        match character {
            '{' | '(' => depth += 1,
            '}' | ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        character == ':' && depth == 0
    };
    value.split(separator).filter(|part| !part.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mounts(of: &FileSystem) -> Vec<(&str, Option<&str>)> {
        of.mounts.iter().map(|mount| (mount.container_path.as_str(), mount.host_path.as_deref())).collect()
    }

    #[test]
    fn more_mounts_than_anybody_has_are_not_looked_at() {
        let mounted = |count: usize| {
            let mut container = FileSystem::of_image();
            (0..count).for_each(|number| container.volume(&format!("/host{number}:/there{number}")));
            (container.mounts.len(), matches!(container.beneath, Beneath::Unknown(_)))
        };
        assert_eq!(mounted(MOST_MOUNTS), (MOST_MOUNTS, false));
        assert_eq!(mounted(MOST_MOUNTS + 1), (0, true));
    }

    #[test]
    fn a_root_directory_in_a_container_is_where_the_container_has_it() {
        let mut container = FileSystem::of_image();
        container.volume("/:/host:ro");
        container.volume("/srv/pki:/host/etc/kubernetes");
        container.volume("certificates:/certificates");
        let mut root = FileSystem::default();
        root.bind("/host", "/");
        root.bind("/host/etc/kubernetes/old", "/old");
        let seen = root.within(&container);
        assert_eq!(
            mounts(&seen),
            [("/etc/kubernetes", Some("/srv/pki")), ("/old", Some("/srv/pki/old")), ("/", Some("/"))]
        );
        root.bind("/elsewhere", "/etc");
        assert_eq!(
            mounts(&root.within(&container)),
            [("/old", Some("/srv/pki/old")), ("/etc", None), ("/", Some("/"))]
        );
    }

    #[test]
    fn what_is_not_told_is_no_directory_of_the_host() {
        let mut container = FileSystem::of_image();
        container.volume("${DIR:-/etc/x}:/pki:ro");
        assert_eq!(mounts(&container), [("/pki", None)]);
        container.volume("/a:/pki");
        assert_eq!(mounts(&container), [("/pki", Some("/a"))]);
        container.mount_option("type=tmpfs,destination=/pki/new");
        container.mount_option("type=bind,src=/b,dst=/b");
        assert_eq!(mounts(&container), [("/pki/new", None), ("/pki", Some("/a")), ("/b", Some("/b"))]);
        container.volume("/a:$TARGET");
        assert!(container.mounts.is_empty() && matches!(container.beneath, Beneath::Unknown(_)));
    }
}
