//! Where the arguments of a server come from: what people wrote down, one file a format.
//!
//! Every reader takes a [`Text`] and gives [`Document`]s. No reader judges: it says what is there, what stands for
//! something that is not there (opaque values), and what could not be read.

mod arguments;
pub(crate) mod authentication_configuration;
mod base;
mod branches;
mod certificate_text;
mod collection;
mod container_run;
mod detect;
mod edits;
mod encoded;
mod environment_file;
mod escape;
mod expression;
mod extra_arguments;
mod file_system;
pub mod formats;
pub mod injection;
pub mod input;
mod input_format;
mod invocation;
mod kustomized;
mod label_selector;
mod log;
mod makefile;
mod mention;
mod objects;
mod place;
pub(crate) mod private_keys;
mod program;
mod read_error;
pub(crate) mod report_marks;
pub mod resource;
mod script;
mod shell;
mod surroundings;
mod template;
mod unread;
mod values;
mod volume;
mod working_directory;
mod wrapper;
mod yaml;

pub use authentication_configuration::{AnonymousConfiguration, AuthenticationConfiguration};
pub use base::{BaseDirectory, FileLocation};
pub use certificate_text::CertificateText;
pub use collection::{AcceptedCa, ApiServerView, Collection, Handshake, NotAsked, NotCollected, Shown};
pub use detect::{read, read_resources};
pub(crate) use edits::{Edit, component_of as component_of_file, of_script as edits_of_script, test_of_script};
pub(crate) use expression::is_same as is_same_expression;
pub use input_format::InputFormat;
pub use invocation::{
    Argument, Beneath, Completeness, Invocation, Mount, NotLoaded, Provenance, PublishedKey, WrittenFile, WrittenKey,
};
pub use log::{is_description, looks_like_a_log};
pub use mention::mention;
pub use read_error::{NotRead, ReadError, Unread};
pub use resource::Resource;
pub use surroundings::{NoSurroundings, Surroundings};
pub use values::values;
pub use volume::{Candidate, MountedVolume, ObjectFile, Projection, VolumeSource};

use crate::text::{Located, Origin, Text};

use injection::{InjectedFrom, Injection};

/// One thing that was found in a file.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Document {
    Invocation(Invocation),
    /// Boxed: it is three times the size of the others.
    AuthenticationConfigMap(Box<AuthenticationConfigMap>),
    ApiService(ApiService),
    /// What `aggcert collect` says of a cluster as a whole.
    Collection(Box<Collection>),
    /// What a server of it showed when it was asked itself.
    Handshake(Box<Handshake>),
    /// An object around them, which is not judged by itself.
    Resource(Resource),
    /// A place beside these that gives our flags, and could not be read.
    Unread(Unread),
}

/// The ConfigMap `kube-system/extension-apiserver-authentication`: values as written, not yet decoded.
#[derive(Debug, Clone)]
pub struct AuthenticationConfigMap {
    /// Namespace and name, for people.
    pub name: String,
    pub origin: Origin,
    /// Of the object as it was read from a cluster.
    pub resource_version: Option<Text>,
    /// PEM.
    pub client_ca: Option<Text>,
    /// PEM.
    pub requestheader_client_ca: Option<Text>,
    /// The lists are JSON arrays of strings.
    pub requestheader_allowed_names: Option<Text>,
    pub requestheader_username_headers: Option<Text>,
    pub requestheader_uid_headers: Option<Text>,
    pub requestheader_group_headers: Option<Text>,
    pub requestheader_extra_headers_prefix: Option<Text>,
    pub private_keys: Vec<PublishedKey>,
}

/// An `apiregistration.k8s.io` APIService.
#[derive(Debug, Clone)]
pub struct ApiService {
    /// `v1beta1.metrics.k8s.io`.
    pub name: Located<String>,
    /// Base64 of PEM.
    pub ca_bundle: Option<Text>,
    /// What stands there, or stands nowhere, says nothing: a template decides the bundle or whether it is needed, or an
    /// annotation tells cert-manager or OpenShift to fill it in.
    pub ca_bundle_unknown: bool,
    /// By which annotation it is filled in.
    pub injection: Option<Injection>,
    pub insecure_skip_tls_verify: Option<Located<bool>>,
    /// The Service behind it: without one, kube-apiserver answers it by itself and no certificate is involved.
    pub service: Option<ServiceReference>,
    /// The condition `Available`, as it was read from a cluster.
    pub available: Option<Condition>,
    /// Why it may be another one than what is here: a kustomization changes it by what is not followed.
    pub open: Option<Located<String>>,
}

/// Which Service an APIService leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceReference {
    pub namespace: Option<Located<String>>,
    pub name: Option<Located<String>>,
    /// `None`: 443.
    pub port: Option<Located<u16>>,
    pub origin: Origin,
}

/// What a controller says of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// `True`, `False` or `Unknown`.
    pub status: Located<String>,
    pub reason: String,
    pub message: String,
}

impl ApiService {
    /// One that says how a server is verified is a patch of an APIService that has one: of others the API refuses it
    /// (k8s.io/kube-aggregator, `ValidateAPIService`).
    pub fn is_local(&self) -> bool {
        self.service.is_none() && !self.skips_verification() && self.ca_bundle.is_none()
    }

    /// Whether kube-apiserver takes any certificate for the server's.
    pub fn skips_verification(&self) -> bool {
        self.insecure_skip_tls_verify.as_ref().is_some_and(|insecure| insecure.value)
    }

    /// Whether the Operator Lifecycle Manager makes it of a ClusterServiceVersion.
    pub fn is_made_by_olm(&self) -> bool {
        self.injection.as_ref().is_some_and(|one| one.from == InjectedFrom::OperatorLifecycleManager)
    }
}
