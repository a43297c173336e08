//! Who may put other files in the place of the front proxy's: by the directories in their paths, and by whom all that belongs
//! to.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::model::content::permissions;
use crate::model::{DirectoryAbove, ForeignOwner, PathFlag, Setup};
use crate::source::InputFormat;
use crate::system::{self, Status};

use super::Loader;

/// A file of the front proxy.
pub(super) struct FrontProxyFile<'a> {
    flag: &'a PathFlag,
    /// Where it was read.
    place: PathBuf,
    /// The directories that it is in, the innermost first, as far as they are the server's.
    above: Vec<PathBuf>,
}

/// The directories in the paths of the front proxy's files, but those that a file is in itself.
pub(super) fn directories_above(files: &[FrontProxyFile<'_>]) -> Vec<DirectoryAbove> {
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    for FrontProxyFile { flag, above, .. } in files {
        for directory in above.iter().skip(1).filter(|directory| seen.insert(*directory)) {
            let (Some(file), Some(origin), Some(status)) = (flag.path(), flag.origin(), status(directory)) else {
                continue;
            };
            let path = directory.to_string_lossy().into_owned();
            let (file, origin) = (file.to_owned(), origin.clone());
            found.push(DirectoryAbove { path, file, origin, permissions: permissions(status) });
        }
    }
    found
}

impl Loader<'_> {
    /// What of the front proxy's files and of the directories in their paths belongs to somebody else than root and the
    /// server's user. Copies belong to those who made them.
    pub(super) fn foreign_owners(&self, setup: &Setup, files: &[FrontProxyFile<'_>]) -> Vec<ForeignOwner> {
        let users = self.users_of_the_server(setup);
        if !self.lookup.certain || self.invocation.format == InputFormat::Flags || users.is_empty() {
            return Vec::new();
        }
        let mut seen = BTreeSet::new();
        let mut found = Vec::new();
        for FrontProxyFile { flag, place, above } in files {
            let Some(origin) = flag.origin() else { continue };
            for path in std::iter::once(place).chain(above).filter(|path| seen.insert(*path)) {
                let foreign = status(path).filter(|status| !users.contains(&status.owner));
                let path = path.to_string_lossy().into_owned();
                found.extend(foreign.map(|Status { owner, mode, .. }| ForeignOwner {
                    path,
                    origin: origin.clone(),
                    owner,
                    mode,
                }));
            }
        }
        found
    }

    pub(super) fn front_proxy_files<'a>(&self, setup: &'a Setup) -> Vec<FrontProxyFile<'a>> {
        let flags = [
            &setup.client_ca.flag,
            &setup.requestheader_client_ca.flag,
            &setup.proxy_client.flag,
            &setup.proxy_client_key.flag,
        ];
        let file = |flag| {
            let place = self.place_of(flag)?;
            Some(FrontProxyFile { flag, above: self.above(&place), place })
        };
        flags.into_iter().filter_map(file).collect()
    }

    /// The directories that a file is in, the innermost first, as far as they are the server's.
    fn above(&self, file: &Path) -> Vec<PathBuf> {
        let (file, root) = match (&self.lookup.pki_dir, &self.lookup.root) {
            (Some(_), _) => return Vec::new(),
            (None, Some(root)) => (file.to_owned(), root.as_path()),
            (None, None) if self.lookup.certain && self.invocation.format != InputFormat::Flags => {
                (file.canonicalize().unwrap_or_else(|_| file.to_owned()), Path::new("/"))
            }
            (None, None) => return Vec::new(),
        };
        let is_within = |directory: &&Path| *directory != root && directory.starts_with(root);
        file.ancestors().skip(1).take_while(is_within).map(Path::to_owned).collect()
    }

    /// Root, whoever made what is below `--root`, and whoever reads a key that its owner alone may read, where root does not
    /// have to. Empty: no such key was seen.
    fn users_of_the_server(&self, setup: &Setup) -> BTreeSet<u32> {
        let named = [&setup.proxy_client_key, &setup.tls_private_key, &setup.service_account_private_key];
        let keys = named.into_iter().chain(&setup.signing_keys);
        let owners: Vec<u32> = keys
            .filter_map(|key| status(&self.place_of(&key.flag)?))
            .filter(|status| status.mode & 0o044 == 0)
            .map(|status| status.owner)
            .collect();
        if owners.is_empty() {
            return BTreeSet::new();
        }
        let needs_root = owners.contains(&0);
        let root = self.lookup.root.as_deref().and_then(status).map(|status| status.owner);
        owners.into_iter().filter(|_| !needs_root).chain([0]).chain(root).collect()
    }
}

fn status(path: &Path) -> Option<Status> {
    system::status(&fs::metadata(path).ok()?)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt as _, chown};

    use super::*;
    use crate::lint::testing::{Cluster, PROXY_CLIENT_KEY};
    use crate::model::Lookup;
    use crate::source::formats::flags;

    const TLS_KEY: &str = "/etc/kubernetes/pki/apiserver.key";
    const CA: &str = "/etc/kubernetes/pki/front-proxy-ca.crt";

    /// A host with a CA file and a key, of which `change` makes something else.
    fn host(certain: bool, change: impl FnOnce(&Path)) -> (tempfile::TempDir, Setup) {
        let host = tempfile::tempdir().unwrap();
        let cluster = Cluster::new();
        let place = |path: &str| host.path().join(path.trim_start_matches('/'));
        fs::create_dir_all(place("/etc/kubernetes/pki")).unwrap();
        fs::write(place(CA), &cluster.front_proxy_ca.pem).unwrap();
        for key in [PROXY_CLIENT_KEY, TLS_KEY] {
            fs::write(place(key), &cluster.proxy_client.key_pem).unwrap();
            fs::set_permissions(place(key), fs::Permissions::from_mode(0o600)).unwrap();
        }
        change(host.path());
        let arguments = [
            format!("--requestheader-client-ca-file={CA}"),
            format!("--proxy-client-key-file={PROXY_CLIENT_KEY}"),
            format!("--tls-private-key-file={TLS_KEY}"),
        ];
        let mut invocation = flags::invocation(&arguments);
        invocation.format = InputFormat::Manifest;
        let lookup = Lookup { root: Some(host.path().to_owned()), certain, ..Lookup::default() };
        let setup = Setup::load(invocation, &lookup);
        (host, setup)
    }

    #[test]
    fn every_directory_above_is_seen_once_and_none_above_the_root() {
        let (host, setup) = host(false, |host| {
            fs::set_permissions(host.join("etc/kubernetes"), fs::Permissions::from_mode(0o777)).unwrap();
        });
        let seen: Vec<(&str, u32)> =
            setup.directories_above.iter().map(|one| (one.path.as_str(), one.permissions.mode & 0o022)).collect();
        let path = |path: &str| host.path().join(path).to_string_lossy().into_owned();
        assert_eq!(seen, [(path("etc/kubernetes").as_str(), 0o022), (path("etc").as_str(), seen[1].1)]);
    }

    #[test]
    fn strangers_own_nothing_of_the_front_proxy() {
        // Nobody else gives files away.
        if system::user() != 0 {
            return;
        }
        let give = |place: &'static str, user| move |host: &Path| chown(host.join(place), Some(user), None).unwrap();
        let owned = |(host, setup): (tempfile::TempDir, Setup)| -> Vec<(String, u32)> {
            let below = |path: &str| path.replace(host.path().to_str().unwrap(), "");
            setup.foreign_owners.iter().map(|one| (below(&one.path), one.owner)).collect()
        };
        assert_eq!(owned(host(true, give("etc/kubernetes/pki", 65534))), [("/etc/kubernetes/pki".to_owned(), 65534)]);
        for file in [CA, PROXY_CLIENT_KEY] {
            assert_eq!(owned(host(true, give(&file[1..], 65534))), [(file.to_owned(), 65534)]);
        }
        // Who alone may read the key is the server's user.
        let of_server = |host: &Path| {
            for place in ["etc/kubernetes/pki", &CA[1..], &PROXY_CLIENT_KEY[1..], &TLS_KEY[1..]] {
                chown(host.join(place), Some(998), None).unwrap();
            }
        };
        assert_eq!(owned(host(true, of_server)), []);
        // A copy belongs to whoever made it.
        assert_eq!(owned(host(false, give("etc/kubernetes/pki", 65534))), []);
        assert_eq!(
            owned(host(true, |host| [".", "etc", "etc/kubernetes"].iter().for_each(|place| give(place, 1000)(host)))),
            []
        );
    }
}
