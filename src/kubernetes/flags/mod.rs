//! The flags of the components: the one place that says what each is called, what it takes, and who has it when.
//!
//! Everything that looks at a flag's name asks here: which component a list of flags is for, whether the next word is
//! a value, whether a name is misspelt, and whether a version has it.

mod table;

use crate::kubernetes::{Component, KubernetesVersion};
use table::TABLE;

/// What a flag takes, as far as parsing differs (spf13/pflag and k8s.io/component-base `cli/flag`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FlagKind {
    /// The flag alone means true (pflag's `NoOptDefVal`); all others take the next argument, whatever it looks like.
    Boolean,
    /// One string; the last one counts.
    Text,
    /// CSV, joined over all occurrences (`stringSlice`).
    List,
    /// As it stands, one entry for each occurrence (`stringArray`).
    Repeated,
    Integer,
    /// How much is logged (k8s.io/component-base `logs/api/v1`, `VerbosityLevelPflag`).
    Level,
    Float,
    Duration,
    /// A type of its own: addresses, maps, sizes.
    Other,
}

impl FlagKind {
    /// Whether the next argument is the value when there is no `=`.
    pub(crate) fn takes_next(self) -> bool {
        self != Self::Boolean
    }
}

/// Some of the components.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Components(u8);

impl Components {
    const fn bit(component: Component) -> u8 {
        1 << component as u8
    }

    const fn only(component: Component) -> Self {
        Self(Self::bit(component))
    }

    const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    const fn has(self, component: Component) -> bool {
        self.0 & Self::bit(component) != 0
    }
}

/// One line of the table. A flag that the components got or lost at different times, or with different types, has
/// several.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Flag {
    /// Without dashes, words separated by `-`.
    pub name: &'static str,
    pub kind: FlagKind,
    of: Components,
    /// The first minor version that has it; 0: it was there before the oldest that is looked at.
    pub since: u16,
    /// The last minor version that has it.
    pub until: Option<u16>,
    /// The aggregation layer depends on it.
    pub ours: bool,
    /// Its component is known by it: no other program is usually given it.
    tells: bool,
    /// Any program may have it, so that it says nothing.
    anybodys: bool,
    /// It stands in commands of other programs more often.
    elsewhere: bool,
    /// kube-apiserver has it, and servers that are built on k8s.io/apiserver do not.
    never_generic: bool,
}

impl Flag {
    fn in_version(&self, version: KubernetesVersion) -> bool {
        version.major == 1 && self.since <= version.minor && self.until.is_none_or(|until| version.minor <= until)
    }
}

/// The lines of a name: without dashes, with `_` already turned into `-`.
fn lines(name: &str) -> &'static [Flag] {
    let start = TABLE.partition_point(|flag| flag.name < name);
    let lines = TABLE.get(start..).unwrap_or_default();
    let count = lines.iter().take_while(|flag| flag.name == name).count();
    lines.get(..count).unwrap_or_default()
}

/// Whether a name is a flag of ours: the aggregation layer depends on it.
pub(crate) fn is_ours(name: &str) -> bool {
    lines(name).iter().any(|flag| flag.ours)
}

/// Whether a name says that one of the components is meant.
pub(crate) fn is_of_components(name: &str) -> bool {
    lines(name).iter().any(|flag| flag.of != table::NONE && !flag.anybodys)
}

/// Whether a flag takes no argument of its own, whoever has it.
pub(crate) fn is_switch(name: &str) -> bool {
    lines(name).iter().any(|flag| flag.kind == FlagKind::Boolean)
}

/// Whether a flag is told from those of other programs by its name alone. `client-ca-file` is many a program's.
pub(crate) fn is_distinctive(name: &str) -> bool {
    is_ours(name) && (name.starts_with("requestheader-") || name.starts_with("proxy-client-"))
}

/// Whether a flag is kube-apiserver's own, which servers that are built on k8s.io/apiserver do not have.
pub(crate) fn is_kube_apiservers_own(name: &str) -> bool {
    lines(name).iter().any(|flag| flag.never_generic)
}

/// The component that has this flag and that is known by it.
pub(crate) fn told_by(name: &str) -> Option<Component> {
    let line = lines(name).iter().find(|flag| flag.tells)?;
    Component::ALL.into_iter().find(|component| line.of.has(*component))
}

/// Whose flags these are, when nothing else tells. `None` when they may be anybody's.
pub(crate) fn component_of(names: &[String]) -> Option<Component> {
    /// One may be misspelt, or two.
    const FOREIGN: usize = 3;
    let of_nobody = |name: &String| lines(name).iter().any(|flag| flag.of == table::NONE);
    let is_foreign = |name: &&String| lines(name).is_empty();
    if names.iter().any(of_nobody) || names.iter().filter(is_foreign).count() >= FOREIGN {
        return None;
    }
    let count = |component: Component| names.iter().filter(|name| told_by(name) == Some(component)).count();
    let counted = Component::ALL.into_iter().rev().map(|component| (count(component), component));
    let best = counted.filter(|(count, _)| *count > 0).max_by_key(|(count, _)| *count);
    if let Some((_, component)) = best {
        return Some(component);
    }
    // Request headers are kube-apiserver's more often than anybody else's, unless a flag beside them is not.
    let server = FlagSet::of(Component::KubeApiserver, KubernetesVersion::NEWEST);
    let fits =
        |name: &String| lines(name).iter().all(|flag| !flag.elsewhere) && (lines(name).is_empty() || server.ever(name));
    let request_headers = names.iter().any(|name| name.starts_with("requestheader-"));
    (request_headers && names.iter().all(fits)).then_some(Component::KubeApiserver)
}

/// The flags of one version of a component.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FlagSet {
    component: Component,
    version: KubernetesVersion,
}

impl FlagSet {
    pub(crate) fn of(component: Component, version: KubernetesVersion) -> Self {
        Self { component, version }
    }

    fn own(self, name: &str) -> impl Iterator<Item = &'static Flag> {
        lines(name).iter().filter(move |flag| flag.of.has(self.component))
    }

    /// The kind of a flag that this version has.
    pub(crate) fn kind(self, name: &str) -> Option<FlagKind> {
        self.own(name).find(|flag| flag.in_version(self.version)).map(|flag| flag.kind)
    }

    /// Whether any version of the component has it.
    pub(crate) fn ever(self, name: &str) -> bool {
        self.own(name).next().is_some()
    }

    /// The kind of a flag in this version, or else in another one.
    pub(crate) fn kind_in_any_version(self, name: &str) -> Option<FlagKind> {
        self.kind(name).or_else(|| self.own(name).next().map(|flag| flag.kind))
    }

    /// When a flag was or will be there that this version does not have, for people: `until 1.23`.
    pub(crate) fn other_version(self, name: &str) -> Option<String> {
        let flag = self.own(name).find(|flag| !flag.in_version(self.version))?;
        Some(match flag.until {
            Some(until) if until < self.version.minor => format!("until 1.{until}"),
            _ => format!("from 1.{}", flag.since),
        })
    }

    /// The flags of ours that every version of the component has, without switches.
    pub(crate) fn ours_in_every_version(self) -> impl Iterator<Item = &'static str> {
        let ours = move |flag: &&Flag| flag.ours && flag.of.has(self.component);
        let always = |flag: &&Flag| flag.since == 0 && flag.until.is_none() && flag.kind != FlagKind::Boolean;
        TABLE.iter().filter(ours).filter(always).map(|flag| flag.name)
    }

    /// The flags that this version has, in the order of their names.
    pub(crate) fn names(self) -> impl Iterator<Item = &'static str> {
        let own = move |flag: &&Flag| flag.of.has(self.component) && flag.in_version(self.version);
        TABLE.iter().filter(own).map(|flag| flag.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEWEST: KubernetesVersion = KubernetesVersion::NEWEST;

    #[test]
    fn the_table_is_sorted_and_says_nothing_twice() {
        assert!(TABLE.is_sorted_by(|one, other| one.name <= other.name));
        for minor in 20..=NEWEST.minor {
            for component in Component::ALL {
                let set = FlagSet::of(component, KubernetesVersion { major: 1, minor });
                let names: Vec<_> = set.names().collect();
                assert!(names.is_sorted_by(|one, other| one < other), "{component:?} 1.{minor}");
            }
        }
        for flag in TABLE {
            assert!(flag.until.is_none_or(|until| flag.since <= until), "{flag:?}");
            // Extension servers have many of kube-apiserver's.
            let of_programs = flag.of.0 & !Components::bit(Component::ExtensionApiServer);
            assert!(!flag.tells || of_programs.is_power_of_two(), "{flag:?}");
        }
    }

    #[test]
    fn flags_come_and_go_with_versions() {
        let server = |minor| FlagSet::of(Component::KubeApiserver, KubernetesVersion { major: 1, minor });
        for (name, minor, there) in [
            ("requestheader-uid-headers", 31, false),
            ("requestheader-uid-headers", 32, true),
            ("authentication-config", 28, false),
            ("authentication-config", 29, true),
            ("insecure-port", 23, true),
            ("insecure-port", 24, false),
            ("logtostderr", 25, true),
            ("logtostderr", 26, false),
            ("cluster-signing-cert-file", 37, false),
        ] {
            assert_eq!(server(minor).kind(name).is_some(), there, "{name} 1.{minor}");
        }
        assert_eq!(server(36).other_version("insecure-port").unwrap(), "until 1.23");
        assert_eq!(server(30).other_version("requestheader-uid-headers").unwrap(), "from 1.32");
    }

    /// Flags that work and that `--help` does not print; and one of OpenShift's own server.
    const HIDDEN: [&str; 8] = [
        "allow-untagged-cloud",
        "apiserver-count",
        "audit-webhook-batch-initial-backoff",
        "default-watch-cache-size",
        "kubelet-port",
        "kubelet-read-only-port",
        "node-sync-period",
        "openshift-config",
    ];

    /// What a type of pflag's is here.
    fn kind_of(printed: &str) -> FlagKind {
        match printed {
            "" | "version[=true]" => FlagKind::Boolean,
            "string" => FlagKind::Text,
            "strings" => FlagKind::List,
            "stringArray" => FlagKind::Repeated,
            "int" | "int32" => FlagKind::Integer,
            "Level" => FlagKind::Level,
            "float" | "float32" => FlagKind::Float,
            "duration" => FlagKind::Duration,
            _ => FlagKind::Other,
        }
    }

    #[test]
    fn the_table_is_what_the_components_print() {
        let directory = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/kubernetes-flags");
        let mut compared = 0;
        for version in std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()) {
            let Ok(number) = version.file_name().unwrap().to_string_lossy().parse() else { continue };
            for component in Component::ALL {
                let program = match component {
                    Component::ExtensionApiServer => "sample-apiserver",
                    component => component.name(),
                };
                let file = version.join(format!("{program}.txt"));
                let Ok(text) = std::fs::read_to_string(&file) else { continue };
                let set = FlagSet::of(component, number);
                let printed: std::collections::BTreeMap<String, FlagKind> = text
                    .lines()
                    .map(|line| line.split_once(' ').unwrap_or((line, "")))
                    .map(|(name, printed)| (name.replace('_', "-"), kind_of(printed)))
                    .collect();
                for (name, kind) in &printed {
                    assert_eq!(set.kind(name), Some(*kind), "{}: --{name}", file.display());
                }
                for name in set.names().filter(|name| !HIDDEN.contains(name)) {
                    assert!(printed.contains_key(name), "{} has no --{name}", file.display());
                }
                compared += printed.len();
            }
        }
        assert!(compared > 150, "{compared}");
    }

    #[test]
    fn flags_tell_whose_they_are() {
        let of = |names: &[&str]| component_of(&names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>());
        assert_eq!(of(&["proxy-client-cert-file"]), Some(Component::KubeApiserver));
        assert_eq!(of(&["requestheader-allowed-names"]), Some(Component::KubeApiserver));
        let manager = ["requestheader-client-ca-file", "cluster-signing-cert-file"];
        assert_eq!(of(&manager), Some(Component::KubeControllerManager));
        assert_eq!(
            of(&["cluster-signing-cert-file", "configure-cloud-routes"]),
            Some(Component::KubeControllerManager)
        );
        for nobodys in [
            &["requestheader-client-ca-file", "kubelet-insecure-tls"][..],
            &["requestheader-client-ca-file", "kubelet-port"],
            &["requestheader-client-ca-file", "configure-cloud-routes"],
            &["requestheader-client-ca-file", "leader-elect"],
            &["client-ca-file", "v"],
        ] {
            assert_eq!(of(nobodys), None, "{nobodys:?}");
        }
    }
}
