//! Where a path of the component lies, and whether two paths mean the same file.

use std::path::Path;

use crate::kubernetes::Component;
use crate::source::{Beneath, Invocation, Mount, MountedVolume, is_same_expression};

use super::{PathFlag, Reason, Setting, Setup};

/// Where a path that the component opens lies outside of its container.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Place {
    Host(String),
    /// In a volume that is no part of the host's file system, such as a Secret's.
    Volume(InVolume),
    /// In no volume of the container.
    Image,
    /// The component sees another file system, and why that is not known.
    Unknown(String),
}

/// A file of a volume.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct InVolume {
    /// Where the volume is mounted.
    mounted_at: String,
    /// The namespace, kind and name of the object and its key, where that is told.
    object: Option<[String; 4]>,
}

impl InVolume {
    pub(super) fn is_of(&self, kind: &str, name: &str, key: &str) -> bool {
        self.object.as_ref().is_some_and(|[_, object @ ..]| object.each_ref().map(String::as_str) == [kind, name, key])
    }
}

/// The first mount that holds the path counts; they stand longest first.
pub(super) fn place(invocation: &Invocation, path: &str) -> Place {
    let is_at_root = |mount: &Mount| mount.container_path == "/";
    if !path.starts_with('/') && invocation.mounts.iter().any(is_at_root) {
        // chroot(8) and systemd start the process in the root directory.
        return place(invocation, &format!("/{path}"));
    }
    match Mount::of(&invocation.mounts, path) {
        Some((mount, rest)) => match mount.on_host(rest) {
            Some(host) => Place::Host(host),
            None => Place::Volume(InVolume {
                mounted_at: mount.container_path.clone(),
                object: mount.volume.as_ref().and_then(|volume| volume.object(rest)).map(|file| {
                    let namespace = invocation.namespace.clone().unwrap_or_default();
                    [namespace, file.kind.to_owned(), file.name.to_owned(), file.key]
                }),
            }),
        },
        None if invocation.component == Component::ExtensionApiServer && path.starts_with('/') => Place::Image,
        None => match &invocation.beneath {
            Beneath::Host => Place::Host(path.to_owned()),
            Beneath::Image => Place::Image,
            Beneath::Unknown(why) => Place::Unknown(why.clone()),
        },
    }
}

impl Place {
    /// Why `path`, which is not on the host, is not looked at.
    pub(super) fn out_of_reach(&self, path: &str) -> Reason {
        const COPY: &str = "give --pki-dir DIR with a copy of the files";
        match self {
            Self::Volume(InVolume { mounted_at, .. }) => {
                let why = format!(
                    "`{path}` is in the volume at {mounted_at}, which is no directory of the host that is told here"
                );
                Reason::out_of_reach(why, COPY)
            }
            Self::Image | Self::Host(_) => {
                let why = format!("`{path}` is in no volume of the container: it would have to be in the image");
                Reason::out_of_reach(why, COPY)
            }
            Self::Unknown(why) => Reason::out_of_reach(why.clone(), COPY),
        }
    }
}

impl Setup {
    /// Where the node has a path of the component. `None`: it is in a volume that is no part of the node, or in none.
    pub(crate) fn on_node(&self, path: &str) -> Option<String> {
        match place(&self.invocation, path) {
            Place::Host(path) => Some(path),
            // Nobody says where the volume is from.
            Place::Volume(_) if self.volume_of(path).is_none() => Some(path.to_owned()),
            Place::Unknown(_) => Some(path.to_owned()),
            Place::Volume(_) | Place::Image => None,
        }
    }

    /// By which path the component opens a file of its node; the reverse of [`Setup::on_node`].
    pub(crate) fn seen_at(&self, on_node: &str) -> Option<String> {
        let is_it = |path: &String| self.on_node(path).as_deref() == Some(on_node);
        let mounted = self.invocation.mounts.iter().filter_map(|mount| mount.seen_at(on_node));
        std::iter::once(on_node.to_owned()).chain(mounted).find(is_it)
    }

    /// The volume of the Pod that holds a path.
    pub(crate) fn volume_of(&self, path: &str) -> Option<&MountedVolume> {
        Mount::of(&self.invocation.mounts, path)?.0.volume.as_ref()
    }
}

/// Whether two flags name the same file: the same path, or the same expression.
pub fn is_same_file(one: (&Setup, &PathFlag), other: (&Setup, &PathFlag)) -> bool {
    match (one.1.setting(), other.1.setting()) {
        (Setting::Opaque(first), Setting::Opaque(second)) => is_same_expression(&first.value, &second.value),
        (first, second) => first
            .path()
            .zip(second.path())
            .is_some_and(|(first, second)| is_same_path((&one.0.invocation, first), (&other.0.invocation, second))),
    }
}

/// Whether two processes of one host mean the same file. `//` and `/./` are nothing to a path; what `..` leads to
/// depends on links.
fn is_same_path(one: (&Invocation, &str), other: (&Invocation, &str)) -> bool {
    match (place(one.0, one.1), place(other.0, other.1)) {
        (Place::Host(one), Place::Host(other)) => Path::new(&one) == Path::new(&other),
        // One key of one object, wherever it is mounted and whatever it holds.
        (Place::Volume(InVolume { object: Some(one), .. }), Place::Volume(InVolume { object: Some(other), .. })) => {
            one == other
        }
        // Not on the host: the same only inside the same pod.
        (Place::Host(_), _) | (_, Place::Host(_)) => false,
        _ => std::ptr::eq(one.0, other.0) && Path::new(one.1) == Path::new(other.1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Lookup;
    use crate::model::testing::invocation;

    #[test]
    fn a_path_of_the_image_is_the_same_file_in_the_same_pod_only() {
        let pod = |host: Option<&str>| {
            let mut pod = invocation(&[]);
            pod.beneath = Beneath::Image;
            pod.mounts =
                vec![Mount { container_path: "/pki/".into(), host_path: host.map(str::to_owned), volume: None }];
            pod
        };
        let (one, other) = (pod(Some("/host/")), pod(None));
        assert_eq!(place(&one, "/pki/ca.crt"), Place::Host("/host/ca.crt".into()));
        assert_eq!(place(&one, "/pki"), Place::Host("/host/".into()));
        assert_eq!(place(&one, "/pki-other/ca.crt"), Place::Image);
        assert!(matches!(place(&other, "/pki/ca.crt"), Place::Volume(volume) if volume.mounted_at == "/pki/"));
        assert!(is_same_path((&one, "/usr/ca.crt"), (&one, "/usr//ca.crt")));
        assert!(!is_same_path((&one, "/usr/ca.crt"), (&other, "/usr/ca.crt")));
        assert!(!is_same_path((&one, "/pki/ca.crt"), (&other, "/pki/ca.crt")));
        assert!(is_same_path((&one, "/pki/./ca.crt"), (&invocation(&[]), "/host/ca.crt")));
    }

    #[test]
    fn a_file_of_the_node_is_opened_where_the_pod_sees_it() {
        let mut pod = invocation(&[]);
        pod.beneath = Beneath::Image;
        pod.mounts = vec![Mount { container_path: "/pki".into(), host_path: Some("/srv/k8s".into()), volume: None }];
        let pod = Setup::load(pod, &Lookup::default());
        assert_eq!(pod.seen_at("/srv/k8s/a/ca.crt").as_deref(), Some("/pki/a/ca.crt"));
        assert_eq!(pod.seen_at("/etc/kubernetes/pki/ca.crt"), None);
        assert_eq!(pod.seen_at("/pki/ca.crt"), None);
        let unit = Setup::load(invocation(&[]), &Lookup::default());
        assert_eq!(unit.seen_at("/pki/ca.crt").as_deref(), Some("/pki/ca.crt"));
    }
}
