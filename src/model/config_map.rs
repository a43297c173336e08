//! What extension API servers see: the ConfigMap `extension-apiserver-authentication`, and what a server publishes.

use std::ops::Range;

use time::{Duration, OffsetDateTime};

use crate::kubernetes::names::AUTHENTICATION_CONFIG_MAP;
use crate::kubernetes::{Component, KubernetesVersion};
use crate::source::resource::is_template;
use crate::source::{AuthenticationConfigMap, InputFormat, Invocation, Provenance};
use crate::text::{Located, Origin, Text};

use super::files::{PemFile, trust_bundle};
use super::{
    FileFlag, FileState, Given, ListSetting, OptionError, OptionErrorKind, Options, PathFlag, Reason, Setting, Setup,
    TrustBundle, header_lists,
};

/// The ConfigMap: two bundles, names and headers. It has no flags, and names no files.
#[derive(Debug, Clone)]
pub struct ConfigMap {
    reader: Setup,
    /// Of one that was read from a cluster.
    pub resource_version: Option<String>,
}

impl ConfigMap {
    /// Reads what is written in one. A version that the input does not name is the one that is given.
    pub fn read(config_map: &AuthenticationConfigMap, version: Option<KubernetesVersion>) -> Self {
        let mut options = Options::default();
        let lists = [
            (&config_map.requestheader_username_headers, &mut options.requestheader_username_headers),
            (&config_map.requestheader_uid_headers, &mut options.requestheader_uid_headers),
            (&config_map.requestheader_group_headers, &mut options.requestheader_group_headers),
            (&config_map.requestheader_extra_headers_prefix, &mut options.requestheader_extra_headers_prefix),
            (&config_map.requestheader_allowed_names, &mut options.requestheader_allowed_names),
        ];
        let mut errors = Vec::new();
        for (text, setting) in lists {
            let Some(text) = text.as_ref().filter(|text| !text.is_empty()) else { continue };
            if is_template(text.as_str()) {
                *setting = Setting::Opaque(text.to_located());
                continue;
            }
            *setting = list(text).unwrap_or_else(|error| {
                errors.push(error);
                Setting::Opaque(text.to_located())
            });
        }
        options.errors = errors;
        let mut invocation = invocation(&config_map.name, &config_map.origin);
        invocation.assume_version(version);
        invocation.published_keys = config_map.private_keys.clone();
        let reader = Setup {
            client_ca: bundle("client-ca-file", config_map.client_ca.as_ref()),
            requestheader_client_ca: bundle(
                "requestheader-client-ca-file",
                config_map.requestheader_client_ca.as_ref(),
            ),
            ..Setup::without_files(invocation, options)
        };
        let resource_version = config_map.resource_version.as_ref().map(|version| version.as_str().to_owned());
        Self { reader, resource_version }
    }

    /// The set-up of an extension API server without flags of its own, which has all that it knows from here
    /// (`DelegatingAuthenticationOptions.ApplyTo`).
    ///
    /// A missing or broken CA is no reason not to start: that authenticator then has no opinion. A list that is no JSON
    /// is one; it is in [`Options::errors`].
    pub fn reader(&self) -> &Setup {
        &self.reader
    }

    /// The same, for who needs nothing else.
    pub fn into_reader(self) -> Setup {
        self.reader
    }

    /// `kube-system/extension-apiserver-authentication`, most often.
    pub fn name(&self) -> &str {
        &self.reader.invocation.name
    }

    /// Where it stands.
    pub fn origin(&self) -> &Origin {
        &self.reader.invocation.origin
    }

    pub fn client_ca(&self) -> &FileFlag<TrustBundle> {
        &self.reader.client_ca
    }

    pub fn requestheader_client_ca(&self) -> &FileFlag<TrustBundle> {
        &self.reader.requestheader_client_ca
    }

    /// The names of front proxies.
    pub fn names(&self) -> &ListSetting {
        &self.reader.options.requestheader_allowed_names
    }

    /// The names and the lists of headers, by key.
    pub fn lists(&self) -> impl Iterator<Item = (&'static str, &ListSetting)> {
        std::iter::once(("requestheader-allowed-names", self.names())).chain(header_lists(&self.reader.options))
    }
}

impl Setup {
    /// The ConfigMap of a cluster where this server is the only one (`clusterauthenticationtrust`). Servers join their
    /// views, so older CAs and names may stay beside it.
    pub fn published(&self, now: OffsetDateTime) -> ConfigMap {
        let options = &self.options;
        let invocation = invocation(AUTHENTICATION_CONFIG_MAP, &self.invocation.origin);
        let fragment = Options { fragment: options.fragment.clone(), ..Options::default() };
        let mut published = Self {
            client_ca: not_expired(&self.client_ca, now),
            requestheader_client_ca: not_expired(&self.requestheader_client_ca, now),
            ..Self::without_files(invocation, fragment)
        };
        published.invocation.version = self.invocation.version.clone();
        // Without that CA nothing of the request headers is published.
        if !published.requestheader_client_ca.is_not_given() {
            published.options.take_request_header(options);
        }
        ConfigMap { reader: published, resource_version: None }
    }
}

impl ConfigMap {
    /// The ConfigMap as it is once the CAs that have expired are gone from it; with the last one for front proxies all
    /// that is about request headers goes.
    #[must_use]
    pub fn without_expired(&self, now: OffsetDateTime) -> Self {
        let mut remaining = Setup {
            client_ca: not_expired(self.client_ca(), now),
            requestheader_client_ca: not_expired(self.requestheader_client_ca(), now),
            ..self.reader.clone()
        };
        if remaining.requestheader_client_ca.is_not_given() && !self.requestheader_client_ca().is_not_given() {
            remaining.options = Options { fragment: remaining.options.fragment, ..Options::default() };
        }
        Self { reader: remaining, ..self.clone() }
    }
}

/// The bundle without the CAs that are left out of the ConfigMap because they have expired, five minutes being granted
/// (`filterExpiredCerts`); with none left there is no key.
fn not_expired(file: &FileFlag<TrustBundle>, now: OffsetDateTime) -> FileFlag<TrustBundle> {
    let state = match file.state.clone() {
        FileState::Loaded(bundle) => {
            let left = bundle.retaining(|anchor| anchor.value.not_after > now - Duration::minutes(5));
            if left.anchors().is_empty() { FileState::NotGiven } else { FileState::Loaded(left) }
        }
        state => state,
    };
    FileFlag { flag: PathFlag::key(file.flag.name, file.origin().cloned()), state }
}

fn invocation(name: &str, origin: &Origin) -> Invocation {
    Invocation::new(Component::ExtensionApiServer, name, origin.clone(), InputFormat::ConfigMap, Vec::new())
}

fn bundle(key: &'static str, text: Option<&Text>) -> FileFlag<TrustBundle> {
    /// As `NewDynamicCAFromConfigMapController` names both bundles.
    const PURPOSE: &str = "client-ca::kube-system::extension-apiserver-authentication";

    // An empty value is as good as none (`ConfigMapCAController.loadCABundle`).
    let Some(text) = text.filter(|text| !text.is_empty()) else {
        return FileFlag { flag: PathFlag::key(key, None), state: FileState::NotGiven };
    };
    let origin = text.origin();
    if is_template(text.as_str()) {
        let why = Reason::expression(&text.to_located());
        return FileFlag { flag: PathFlag::key(key, Some(origin)), state: FileState::NotLooked(why) };
    }
    let file = PemFile::new(key, &origin, text.as_str().as_bytes());
    let bundle = trust_bundle(&format!("{PURPOSE}::{key}"), &file, |block| text.origin_of(block.span.clone()));
    let state = bundle.map_or_else(FileState::Unusable, FileState::Loaded);
    FileFlag { flag: PathFlag::key(key, Some(origin)), state }
}

/// `deserializeStrings` of `headerrequest`; an absent or empty text, which is an empty list, does not come here.
fn list(text: &Text) -> Result<ListSetting, OptionError> {
    let error = |why: &dyn std::fmt::Display| {
        let message = format!("unable to load configmap based request-header-client-ca-file: {why}");
        OptionError { message: Located::new(message, text.origin()), kind: OptionErrorKind::InvalidValue }
    };
    // Go takes null for the list and for an entry, as the empty one.
    let entries: Option<Vec<Option<String>>> = serde_json::from_str(text.as_str()).map_err(|why| error(&why))?;
    let entries = entries
        .unwrap_or_default()
        .into_iter()
        .zip(entry_places(text.as_str()))
        .map(|(entry, place)| Located::new(entry.unwrap_or_default(), text.origin_of(place)))
        .collect();
    let origin = text.origin();
    let value = Located::new(entries, origin.clone());
    Ok(Setting::Given(Given { value, flag: origin, provenance: Provenance::Written }))
}

/// Where the entries of a JSON array of strings (or nulls) are, without the quotes.
fn entry_places(json: &str) -> Vec<Range<usize>> {
    let mut places = Vec::new();
    let mut bytes = json.bytes().enumerate();
    while let Some((at, byte)) = bytes.next() {
        match byte {
            b'n' => {
                places.push(at..at + "null".len());
                bytes.nth("ull".len() - 1);
            }
            b'"' => {
                let mut escaped = false;
                let end = bytes.find(|(_, byte)| {
                    let ends = *byte == b'"' && !escaped;
                    escaped = *byte == b'\\' && !escaped;
                    ends
                });
                places.push(at + 1..end.map_or(json.len(), |(end, _)| end));
            }
            _ => {}
        }
    }
    places
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::model::testing::{Authority, invocation as flags};
    use crate::model::{Authentication, Lookup, Startup, start};
    use crate::text::SourceFile;

    const NOW: OffsetDateTime = time::macros::datetime!(2026-01-15 00:00 UTC);

    fn read(config_map: &AuthenticationConfigMap) -> Setup {
        ConfigMap::read(config_map, None).into_reader()
    }

    fn config_map(file: &Arc<SourceFile>, names: Option<&str>, ca: Option<Text>) -> AuthenticationConfigMap {
        let origin = Origin::start_of(file);
        AuthenticationConfigMap {
            name: AUTHENTICATION_CONFIG_MAP.into(),
            origin: origin.clone(),
            resource_version: None,
            client_ca: None,
            requestheader_client_ca: ca,
            requestheader_allowed_names: names.map(|names| {
                let at = file.text().find(names).unwrap();
                Text::of(file).slice(at..at + names.len())
            }),
            requestheader_username_headers: None,
            requestheader_uid_headers: None,
            requestheader_group_headers: None,
            requestheader_extra_headers_prefix: None,
            private_keys: Vec::new(),
        }
    }

    #[test]
    fn entries_of_the_lists_have_their_places() {
        let file = SourceFile::new("cm.yaml", "names: '[\"a\\\"b\", null , \"ü\"]'");
        let setup = read(&config_map(&file, Some("[\"a\\\"b\", null , \"ü\"]"), None));
        let names = setup.options.requestheader_allowed_names.given().unwrap();
        let found: Vec<_> = names.value.value.iter().map(|name| (name.value.as_str(), name.origin.source())).collect();
        assert_eq!(found, [("a\"b", "a\\\"b"), ("", "null"), ("ü", "ü")]);
    }

    #[test]
    fn a_list_that_is_no_json_ends_the_extension_server() {
        let file = SourceFile::new("cm.yaml", "names: front-proxy-client");
        let setup = read(&config_map(&file, Some("front-proxy-client"), None));
        let startup = start(&setup, setup.version());
        assert!(matches!(&startup, Startup::Refuses(refusal) if refusal.message.contains("configmap")), "{startup:?}");
    }

    #[test]
    fn a_broken_ca_only_silences_its_authenticator() {
        let file = SourceFile::new("cm.yaml", "nonsense");
        let setup = read(&config_map(&file, None, Some(Text::of(&file))));
        assert!(matches!(setup.requestheader_client_ca.state, FileState::Unusable(_)));
        assert!(matches!(start(&setup, setup.version()), Startup::Starts { .. }));
        assert!(Authentication::of(&setup).unwrap().request_header.is_none());
    }

    #[test]
    fn pem_in_the_config_map_has_its_place() {
        let pem = Authority::new("ca").pem();
        let file = SourceFile::new("cm.yaml", format!("ca: |\n{pem}"));
        let text = Text::of(&file).slice(6..file.text().len());
        let setup = read(&config_map(&file, None, Some(text)));
        let bundle = setup.requestheader_client_ca.loaded().unwrap();
        assert_eq!(bundle.anchors()[0].origin.to_string(), "cm.yaml:2:1");
    }

    #[test]
    fn request_headers_are_published_with_their_ca_only() {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("ca"), Authority::new("ca").pem()).unwrap();
        let lookup = Lookup { root: Some(directory.path().into()), certain: true, ..Lookup::default() };
        let names = "--requestheader-allowed-names=a";
        let without = Setup::load(flags(&["--client-ca-file=ca", names]), &lookup).published(NOW);
        assert!(without.client_ca().loaded().is_some());
        assert!(without.names().is_absent());
        let server = Setup::load(flags(&["--requestheader-client-ca-file=ca", names]), &lookup);
        assert_eq!(server.published(NOW).names().entries(), Some(vec!["a"]));
        let end = server.requestheader_client_ca.loaded().unwrap().anchors()[0].value.not_after;
        let has_ca = |now| server.published(now).requestheader_client_ca().loaded().is_some();
        assert!(has_ca(end + Duration::minutes(4)) && !has_ca(end + Duration::minutes(5)));
        assert!(server.published(end + Duration::DAY).names().is_absent());
    }
}
