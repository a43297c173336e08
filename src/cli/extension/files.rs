//! The objects as files, and what `check` says of them before they are written.

use time::{Duration, OffsetDateTime};
use zeroize::Zeroizing;

use super::super::directory::{Found, warnings};
use super::ExtensionArguments;
use super::standing::Standing;
use crate::emit::extension::{CaBundle, Extension, secret, with_ca_bundle};
use crate::kubernetes::names::ApiServiceName;
use crate::lint::run::{Inputs, Run};
use crate::lint::{Judgement, Policy};
use crate::pki::make::bundle_bytes;
use crate::pki::serving::{ServingContents, ServingFile};
use crate::pki::{Change, Layout as _, Store};
use crate::source::{self, ApiService, BaseDirectory, Document, NoSurroundings};
use crate::text::{Located, SourceFile, yaml};
use serde_json::Value;

type Bytes = Zeroizing<Vec<u8>>;

/// The image of a Deployment that is judged and not written.
const NO_IMAGE: &str = "extension-apiserver";

/// What the files of objects are to hold.
pub(super) struct Objects {
    files: Vec<(ServingFile, Bytes)>,
    api_services: Vec<Value>,
    /// The Secret without its key, for those who need not see it.
    public: Bytes,
}

impl Objects {
    pub(super) fn of(arguments: &ExtensionArguments, extension: &Extension, contents: &ServingContents) -> Self {
        let mut files = Vec::new();
        let mut add = |file, objects: &[Value]| files.push((file, yaml_bytes(objects)));
        let bundle = contents.ca_certificates.present().map_or(&[][..], Vec::as_slice);
        let ca_bundle = if arguments.cert_manager { CaBundle::Injected } else { CaBundle::Certificates(bundle) };
        let api_services = extension.api_services(ca_bundle);
        add(ServingFile::ApiService, &api_services);
        add(ServingFile::Service, &[extension.service()]);
        add(ServingFile::Access, &extension.access());
        if let Some(image) = &extension.image {
            add(ServingFile::Deployment, &[extension.deployment(image)]);
        }
        if arguments.cert_manager {
            add(ServingFile::CertManager, &extension.cert_manager(&arguments.wishes(contents)));
        }
        let mut public = Bytes::default();
        if let (Some(chain), Some(key)) = (contents.certificates.present(), contents.key.present()) {
            let chain = bundle_bytes(chain);
            files.push((ServingFile::Secret, secret(extension, &chain, &key.pem)));
            public = secret(extension, &chain, &[]);
        }
        Self { files, api_services, public }
    }

    /// Adds to the change the files that are not there or not as they are to be, and says which are not as they would be
    /// made. What somebody has edited stays as it is, but for what the certificates decide; what is as it was made `before`
    /// needs no copy.
    pub(super) fn join(
        &self,
        mut change: Change<ServingFile>,
        before: &Self,
        store: Option<&Store<'_>>,
        arguments: &ExtensionArguments,
    ) -> anyhow::Result<(Change<ServingFile>, Vec<ServingFile>)> {
        let mut edited = Vec::new();
        for (file, wanted) in &self.files {
            let there = store.map(|store| store.read(file.name())).transpose()?.flatten();
            let Some(there) = there else {
                change.place.push((*file, wanted.clone()));
                continue;
            };
            let is_as_made = before.is_as_made(*file, &there);
            let is_edited = !arguments.force && !is_as_made;
            let kept_edit = match file {
                ServingFile::Secret => None,
                ServingFile::ApiService if is_edited => self.edited_api_service(&there),
                _ => Some(there.clone()).filter(|_| is_edited),
            };
            if is_edited {
                let wanted = if *file == ServingFile::Secret { &self.public } else { wanted };
                Standing { arguments, file: *file, there: &there, wanted }.refuse(kept_edit.is_some())?;
            }
            let room = if is_as_made || kept_edit.is_some() { &mut change.overwrite } else { &mut change.retire };
            let wanted = kept_edit.unwrap_or_else(|| wanted.clone());
            if wanted != there {
                room.push(*file);
                change.place.push((*file, wanted));
            } else if !is_as_made {
                edited.push(*file);
            }
        }
        // Without --image none is made, and one that is there is still what the options must fit.
        let is_made = self.files.iter().any(|(file, _)| *file == ServingFile::Deployment);
        let kept =
            store.filter(|_| !is_made).map(|store| store.read(ServingFile::Deployment.name())).transpose()?.flatten();
        if let Some(there) = kept {
            Standing { arguments, file: ServingFile::Deployment, there: &there, wanted: &[] }.refuse_contradiction()?;
        }
        Ok((change, edited))
    }

    fn edited_api_service(&self, there: &[u8]) -> Option<Bytes> {
        let text = std::str::from_utf8(there).ok()?;
        let has_bundle = self.api_services.iter().any(|object| object.pointer("/spec/caBundle").is_some());
        let text = if has_bundle { with_ca_bundle(text, &self.api_services)? } else { text.to_owned() };
        Some(Zeroizing::new(text.into_bytes()))
    }

    fn is_as_made(&self, file: ServingFile, there: &[u8]) -> bool {
        self.files.iter().any(|(made, bytes)| *made == file && bytes.as_slice() == there)
    }
}

fn yaml_bytes(objects: &[Value]) -> Bytes {
    Zeroizing::new(yaml::documents(objects).into_bytes())
}

/// The APIServices of a file, each with its Service as `namespace/name`.
fn api_services(there: &[u8]) -> impl Iterator<Item = (String, String)> {
    let file = SourceFile::new(ServingFile::ApiService.name(), String::from_utf8_lossy(there));
    let documents = source::read(&file, None, &NoSurroundings).unwrap_or_default();
    let text = |text: Option<Located<String>>| text.map(|text| text.value).unwrap_or_default();
    let named = move |api_service: ApiService| {
        let service = api_service.service.map(|service| format!("{}/{}", text(service.namespace), text(service.name)));
        (api_service.name.value, service.unwrap_or_default())
    };
    documents.into_iter().filter_map(move |document| match document {
        Document::ApiService(api_service) => Some(named(api_service)),
        _ => None,
    })
}

/// The APIs that the file of a server has and that are not asked for: to leave one out, with its caBundle, would stop it.
pub(super) fn also_there(there: &[u8], extension: &Extension) -> Vec<ApiServiceName> {
    let ours = format!("{}/{}", extension.namespace, extension.service);
    let of_server = api_services(there).filter(|(_, service)| *service == ours);
    let apis = of_server.filter_map(|(api, _)| api.parse().ok()).collect::<Vec<ApiServiceName>>();
    let (known, others) = apis.into_iter().partition::<Vec<_>, _>(|api| extension.apis.contains(api));
    if known.is_empty() { Vec::new() } else { others }
}

/// The API and the Service of an APIService, where all that are there are another server's.
pub(super) fn other_server(there: &[u8], extension: &Extension) -> Option<(String, String)> {
    let ours = format!("{}/{}", extension.namespace, extension.service);
    let is_ours = |(api, service): &(String, String)| {
        *service == ours && extension.apis.iter().any(|known| known.to_string() == *api)
    };
    let mut others = api_services(there);
    let first = others.next()?;
    let is_any_ours = is_ours(&first) || others.any(|other| is_ours(&other));
    (!is_any_ours).then_some(first)
}

/// What `check` warns of, once the change is done. Nothing is written that it would call an error.
///
/// # Errors
/// With the first error that it finds.
pub(super) fn judge(
    objects: &Objects,
    change: &Change<ServingFile>,
    store: Option<&Store<'_>>,
    extension: &Extension,
    now: OffsetDateTime,
) -> anyhow::Result<Vec<String>> {
    let mut text = String::new();
    // The key takes no part in it.
    for file in ServingFile::OBJECTS.into_iter().filter(|file| *file != ServingFile::Secret) {
        let placed = change.place.iter().find(|(placed, _)| *placed == file).map(|(_, bytes)| bytes.clone());
        let bytes = match placed {
            Some(bytes) => Some(bytes),
            None => store.map(|store| store.read(file.name())).transpose()?.flatten(),
        };
        add(&mut text, bytes.as_deref().map(Vec::as_slice).unwrap_or_default());
        if file == ServingFile::Deployment && bytes.is_none() {
            add(&mut text, &yaml_bytes(&[extension.deployment(NO_IMAGE)]));
        }
    }
    add(&mut text, &objects.public);
    let inputs = Inputs { texts: vec![SourceFile::new("what is made", text)], ..Inputs::default() };
    let mut run = Run::new(now, Policy::none(), BaseDirectory::of_repository(""));
    run.expiry_warning = Duration::ZERO;
    let mut found = Vec::new();
    run.over(&inputs, &mut |judgement: &Judgement| {
        found.extend(judgement.findings().map(|(rule, finding)| Found::of(rule, finding)));
    });
    warnings(found)
}

fn add(text: &mut String, bytes: &[u8]) {
    if !bytes.is_empty() {
        text.push_str("---\n");
        text.push_str(&String::from_utf8_lossy(bytes));
        text.push('\n');
    }
}
