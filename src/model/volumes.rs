//! What the volumes of a Pod hold: files of Secrets and ConfigMaps that were read beside it.

use std::collections::BTreeSet;

use crate::kubernetes::names::is_service_account_ca;
use crate::source::resource::Certificates;
use crate::source::{Candidate, CertificateText, Invocation, Mount, PublishedKey, WrittenKey};
use crate::text::{Located, Origin};

use super::files::{PemFile, certificate_file, trust_bundle, written_key_state};
use super::{
    CertificateFile, FileFlag, FileState, KeyFile, Objects, Reason, Setting, Setup, TrustBundle, Unusable,
    UnusableKind, root_ca,
};

/// What a path of the container is.
pub(super) enum Held<'a> {
    Entry(&'a Certificates, String),
    /// The volume shows other files of its object only.
    Missing,
    /// Of a volume that is empty at the start.
    Nothing,
    NotKnown(Reason),
    /// In no volume.
    Image,
}

/// The volumes of one container.
pub(super) struct Volumes<'a> {
    pub(super) pod: &'a Invocation,
    pub(super) objects: &'a Objects,
}

impl Setup {
    /// Whether it has files of volumes that are no directories of the host.
    pub fn has_volumes(&self) -> bool {
        self.invocation.mounts.iter().any(|mount| mount.host_path.is_none() && mount.volume.is_some())
    }

    /// Fills in what lies in objects: what was not found elsewhere.
    pub fn read_volumes(&mut self, objects: &Objects) {
        let pod = self.invocation.clone();
        let volumes = Volumes { pod: &pod, objects };
        volumes.bundle(&mut self.client_ca, "client-ca-bundle");
        volumes.bundle(&mut self.requestheader_client_ca, "request-header");
        let key = self.proxy_client_key.path().unwrap_or_default().to_owned();
        volumes.certificate(&mut self.proxy_client, "aggregator-proxy-cert", &key);
        for file in self.neighbours.iter_mut().filter(|_| !pod.is_extension()) {
            let name = file.flag.name;
            volumes.certificate(file, name, &key);
        }
        for file in &mut self.signing_cas {
            volumes.certificate(file, "csr-controller", &key);
        }
        let keys = self.signing_keys.iter_mut().chain([&mut self.proxy_client_key, &mut self.tls_private_key]);
        let written: Vec<WrittenKey> = keys.filter_map(|key| volumes.key(key)).collect();
        self.invocation.keys.extend(written);
        self.invocation.add_published_keys(&volumes.published_keys());
        self.alternatives.iter_mut().for_each(|alternative| alternative.read_volumes(objects));
    }

    /// Whether it mounts the object that another set-up is made of, and has of it all that is judged there.
    pub fn has_all_of(&self, kept: &Self) -> bool {
        let has_same_bundle = |one: &FileFlag<TrustBundle>, other: &FileFlag<TrustBundle>| {
            has_same(one, other, |one, other| one.certificates().eq(other.certificates()))
        };
        let its_key = kept.proxy_client_key.path();
        self.invocation.mounts_object(&kept.invocation.name)
            && kept.alternatives.is_empty()
            // No flag names that of a CA.
            && kept.invocation.keys.iter().all(|key| Some(key.path.as_str()) == its_key)
            && has_same_bundle(&self.client_ca, &kept.client_ca)
            && has_same_bundle(&self.requestheader_client_ca, &kept.requestheader_client_ca)
            && has_same(&self.proxy_client, &kept.proxy_client, |one, other| one.sent() == other.sent())
            && has_same(&self.proxy_client_key, &kept.proxy_client_key, |one, other| one.key == other.key)
    }

    /// Whether it mounts the object that another set-up is made of for the requestheader CA in it, and nothing in there is of
    /// a front proxy.
    pub fn pins_all_of(&self, kept: &Self) -> bool {
        self.pins_requestheader_ca()
            && self.invocation.mounts_object(&kept.invocation.name)
            && kept.proxy_client.path().is_none()
            && kept.invocation.keys.is_empty()
            && kept.invocation.published_keys.is_empty()
            && kept.requestheader_client_ca.path().is_some()
            && has_same(&self.requestheader_client_ca, &kept.requestheader_client_ca, |one, other| {
                one.certificates().eq(other.certificates())
            })
    }
}

/// What is nothing there may be anything here.
fn has_same<T>(own: &FileFlag<T>, kept: &FileFlag<T>, is_same: impl Fn(&T, &T) -> bool) -> bool {
    match (&own.state, &kept.state) {
        _ if kept.path().is_none() => true,
        (FileState::Loaded(own), FileState::Loaded(kept)) => is_same(own, kept),
        (FileState::Unusable(own), FileState::Unusable(kept)) => own.kind == kept.kind,
        _ => false,
    }
}

impl<'a> Volumes<'a> {
    /// `purpose` is the name that the server gives the bundle in its messages.
    fn bundle(&self, file: &mut FileFlag<TrustBundle>, purpose: &str) {
        self.settle(file, |path, origin| {
            let name = format!("{purpose}::{path}");
            self.file(path, origin, |file, place| trust_bundle(&name, file, |_| place.clone()))
        });
    }

    fn certificate(&self, file: &mut FileFlag<CertificateFile>, purpose: &str, key: &str) {
        self.settle(file, |path, origin| {
            let name = format!("{purpose}::{path}::{key}");
            self.file(path, origin, |file, place| certificate_file(&name, file, |_| place.clone()))
        });
    }

    /// Of a Secret's key the public half is kept. Gives it back: it has no permissions, and stands where the object does.
    fn key(&self, file: &mut FileFlag<KeyFile>) -> Option<WrittenKey> {
        let mut written = None;
        self.settle(file, |path, origin| match self.held(path) {
            Held::Entry(object, key) => match object.private_key(&key) {
                Some(Located { value: key, origin: place }) => {
                    let (path_there, key_there) = (path.to_owned(), Some(key.clone()));
                    written = Some(WrittenKey { path: path_there, origin: place.clone(), key: key_there });
                    written_key_state(path, origin, key)
                }
                None => FileState::NotLooked(not_looked_at(&key, object).at(origin)),
            },
            Held::Missing => FileState::Unusable(missing(path, origin)),
            Held::NotKnown(why) => FileState::NotLooked(why.at(origin)),
            Held::Nothing | Held::Image => FileState::NotGiven,
        });
        written
    }

    /// What the volumes hold of a file that was not looked at.
    fn settle<T>(&self, file: &mut FileFlag<T>, read: impl FnOnce(&str, &Origin) -> FileState<T>) {
        let FileFlag { flag, state } = file;
        let given = path_of(flag.setting()).filter(|_| matches!(state, FileState::NotLooked(_)));
        let Some((path, origin)) = given else { return };
        let is_of_object = match Mount::of(&self.pod.mounts, path) {
            Some((mount, rest)) => {
                let candidates = mount.volume.as_ref().map(|volume| volume.candidates(rest));
                mount.host_path.is_none()
                    && candidates
                        .is_some_and(|found| !matches!(found.first(), Some(Candidate::Unknown(_) | Candidate::Empty)))
            }
            None => is_service_account_ca(path),
        };
        if is_of_object || self.pod.is_extension() {
            *state = read(path, origin);
        }
    }

    /// Those of the ConfigMaps that it mounts.
    fn published_keys(&self) -> Vec<PublishedKey> {
        let sources = self.pod.mounts.iter().filter_map(|mount| mount.volume.as_ref());
        let objects: BTreeSet<(&str, &str)> = sources.flat_map(|volume| volume.source.objects()).collect();
        let maps = objects.into_iter().filter(|(kind, _)| *kind == "ConfigMap");
        let found = maps.filter_map(|(kind, name)| self.objects.mounted(self.pod, kind, name));
        found.flat_map(|map| map.published_keys.iter().cloned()).collect()
    }

    pub(super) fn serving_certificate(&self, path: &str, origin: &Origin) -> FileState<CertificateFile> {
        let name = format!("serving-cert::{path}");
        self.file(path, origin, |file, place| certificate_file(&name, file, |_| place.clone()))
    }

    fn file<T>(
        &self,
        path: &str,
        origin: &Origin,
        parse: impl FnOnce(&PemFile<'_>, &Origin) -> Result<T, Unusable>,
    ) -> FileState<T> {
        let not_looked = |why: Reason| FileState::NotLooked(why.at(origin));
        match self.held(path) {
            Held::Entry(object, key) => match object.entry(&key).map(CertificateText::pem) {
                Some((Some(bytes), text)) => {
                    let file = PemFile::new(path, origin, &bytes);
                    parse(&file, &text.origin()).map_or_else(FileState::Unusable, FileState::Loaded)
                }
                Some((None, text)) => not_looked(
                    Reason::undecided(format!("{key} of {} is filled in elsewhere, or not base64", object.object))
                        .at(&text.origin()),
                ),
                None => not_looked(not_looked_at(&key, object)),
            },
            Held::NotKnown(why) => not_looked(why),
            Held::Missing => FileState::Unusable(missing(path, origin)),
            Held::Nothing => {
                not_looked(Reason::undecided(format!("`{path}` is in a volume that the Pod itself fills")))
            }
            Held::Image => {
                not_looked(Reason::undecided(format!("`{path}` is in no volume: it is in the image, or nowhere")))
            }
        }
    }

    pub(super) fn held(&self, path: &str) -> Held<'a> {
        if is_service_account_ca(path) {
            return self.entry("ConfigMap", root_ca::NAME, root_ca::KEY.to_owned());
        }
        let Some((mount, rest)) = Mount::of(&self.pod.mounts, path) else { return Held::Image };
        let Some(volume) = mount.volume.as_ref() else {
            return Held::NotKnown(Reason::undecided("it is in a volume that holds no object"));
        };
        for candidate in volume.candidates(rest) {
            let held = match candidate {
                Candidate::Object(file) => self.entry(file.kind, file.name, file.key),
                Candidate::Empty => Held::Nothing,
                Candidate::Unknown(why) => Held::NotKnown(Reason::undecided(why)),
            };
            if !matches!(held, Held::Missing) {
                return held;
            }
        }
        Held::Missing
    }

    fn entry(&self, kind: &str, name: &str, key: String) -> Held<'a> {
        match self.objects.mounted(self.pod, kind, name) {
            Some(object) if object.lacks(&key) => Held::Missing,
            Some(object) => Held::Entry(object, key),
            None => Held::NotKnown(Reason::undecided(format!("the {kind} {name} is not among the objects"))),
        }
    }
}

fn not_looked_at(key: &str, object: &Certificates) -> Reason {
    Reason::undecided(format!("{key} of {} is not looked at", object.object))
}

fn missing(path: &str, origin: &Origin) -> Unusable {
    Unusable {
        origin: origin.clone(),
        path: path.to_owned(),
        looked_at: None,
        message: format!("open {path}: no such file or directory"),
        kind: UnusableKind::Missing,
    }
}

pub(super) fn path_of(setting: &Setting<String>) -> Option<(&str, &Origin)> {
    Some((setting.path()?, setting.origin()?))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use time::macros::datetime;

    use super::*;
    use crate::model::testing::Authority;
    use crate::model::{Lookup, Overlap};
    use crate::source::{Document, NoSurroundings};
    use crate::text::SourceFile;

    /// A server whose two bundles are `tls.crt` below `/ca` and `/fp`, with other objects beside it.
    fn overlap(volumes: [Value; 2], sub_path: Option<&str>, objects: Vec<Value>) -> Overlap {
        let [ca, fp] = volumes;
        let name = |mut volume: Value, name: &str| {
            volume["name"] = json!(name);
            volume
        };
        let mount = |name: &str| match sub_path {
            None => json!({"name": name, "mountPath": format!("/{name}")}),
            Some(path) => json!({"name": name, "mountPath": format!("/{name}/tls.crt"), "subPath": path}),
        };
        let arguments = ["--client-ca-file=/ca/tls.crt", "--requestheader-client-ca-file=/fp/tls.crt"];
        let pod = json!({"kind": "Deployment", "metadata": {"name": "a", "namespace": "n"}, "spec": {"template": {"spec": {
            "containers": [{"command": ["kube-apiserver"], "args": arguments, "volumeMounts": [mount("ca"), mount("fp")]}],
            "volumes": [name(ca, "ca"), name(fp, "fp")],
        }}}});
        let items = [vec![pod], objects].concat();
        let list = json!({"kind": "List", "items": items}).to_string();
        let (mut setups, mut found) = (Vec::new(), Objects::default());
        for document in crate::source::read(&SourceFile::new("x.json", list), None, &NoSurroundings).unwrap() {
            match document {
                Document::Invocation(pod) => setups.push(Setup::load(pod, &Lookup::default())),
                Document::Resource(resource) => found.push(resource),
                other => panic!("{other:?}"),
            }
        }
        setups[0].read_volumes(&found);
        Overlap::of(&setups[0], datetime!(2026-01-01 00:00 UTC))
    }

    fn secret(name: &str, namespace: &str, ca: &Authority) -> Value {
        let data = json!({"tls.crt": ca.pem()});
        json!({"kind": "Secret", "metadata": {"name": name, "namespace": namespace}, "stringData": data})
    }

    fn of(secret: &str) -> Value {
        json!({"secret": {"secretName": secret}})
    }

    #[test]
    fn a_server_has_its_bundles_of_the_objects_beside_it() {
        let (one, other) = (Authority::new("one"), Authority::new("other"));
        let map = json!({"kind": "ConfigMap", "metadata": {"name": "m", "namespace": "n"}, "data": {"a": one.pem()}});
        let of_map = json!({"configMap": {"name": "m", "items": [{"key": "a", "path": "tls.crt"}]}});
        let projected = |secrets: &[&str]| {
            let sources: Vec<Value> = secrets.iter().map(|name| json!({"secret": {"name": name}})).collect();
            json!({"projected": {"sources": sources}})
        };
        let secrets = || vec![secret("a", "n", &one), secret("b", "n", &one), secret("c", "n", &other), map.clone()];
        for (volumes, sub_path, is_reuse) in [
            ([of("a"), of("b")], None, true),
            ([of("a"), of("c")], None, false),
            ([of("a"), of_map.clone()], None, true),
            ([of("c"), of_map], None, false),
            ([of("a"), of("b")], Some("tls.crt"), true),
            ([of("a"), projected(&["b"])], None, true),
            // The last source that has the key counts.
            ([of("a"), projected(&["b", "c"])], None, false),
            ([of("a"), projected(&["c", "b"])], None, true),
        ] {
            let found = overlap(volumes.clone(), sub_path, secrets());
            assert_eq!(found.is_reuse(), is_reuse, "{volumes:?}: {found:?}");
            assert!(is_reuse || matches!(found, Overlap::Separate(None)), "{volumes:?}: {found:?}");
        }
        // Another namespace's Secret is another one.
        let elsewhere = overlap([of("a"), of("b")], None, vec![secret("a", "n", &one), secret("b", "m", &one)]);
        assert!(matches!(&elsewhere, Overlap::NotKnown(why) if why.to_string().contains("the Secret b is not among")));
    }

    #[test]
    fn one_key_of_one_object_is_one_file_whatever_it_holds() {
        let item = |key: &str| json!({"secret": {"secretName": "a", "items": [{"key": key, "path": "tls.crt"}]}});
        let projected = |sources: Value| json!({"projected": {"sources": sources}});
        let alone = projected(json!([{"secret": {"name": "a"}}]));
        let listed = json!({"secret": {"name": "a", "items": [{"key": "tls.crt", "path": "tls.crt"}]}});
        let optional = json!({"secret": {"name": "a", "optional": true, "items": listed["secret"]["items"]}});
        let whole = json!({"secret": {"name": "z"}});
        let token = json!({"serviceAccountToken": {"path": "token"}});
        for (volumes, is_one) in [
            ([of("a"), projected(json!([whole, listed]))], true),
            ([of("a"), projected(json!([listed, token]))], true),
            // Another `tls.crt` may be in the last one, or where there is no Secret of the last.
            ([of("a"), projected(json!([listed, whole]))], false),
            ([of("a"), projected(json!([whole, optional]))], false),
            ([of("a"), of("a")], true),
            ([of("a"), of("b")], false),
            ([item("x"), item("x")], true),
            ([item("x"), item("y")], false),
            ([of("a"), item("tls.crt")], true),
            ([of("a"), alone], true),
            ([of("a"), json!({"configMap": {"name": "a"}})], false),
            ([json!({"csi": {}}), json!({"csi": {}})], false),
        ] {
            let found = overlap(volumes.clone(), None, Vec::new());
            let expected =
                if is_one { matches!(found, Overlap::SameFile) } else { matches!(found, Overlap::NotKnown(_)) };
            assert!(expected, "{volumes:?}: {found:?}");
        }
    }
}
