//! Whom a component trusts, what it shows and what it signs with, by its flags.

use crate::x509::Certificate;

use super::{AllowedNames, CertificateFile, FileFlag, FileState, Reason, Setup, is_same_file};

/// All that one component's flags hold.
#[derive(Debug, Clone, Default)]
pub struct Trust {
    pub held: Vec<Held>,
    /// `--client-ca-file` and `--requestheader-client-ca-file` name one file, whether or not it could be looked at.
    pub is_same_file: bool,
    /// What lies beside these files, and a client can send along.
    pub beside: Vec<Certificate>,
    /// Something that is not done here changes it: it may be another.
    pub is_open: bool,
}

/// What one flag, or one key of the ConfigMap, holds.
#[derive(Debug, Clone)]
pub struct Held {
    /// Without dashes.
    pub flag: &'static str,
    /// As the component has it, or the expression that stands for it; empty for a key, which names no file.
    pub path: String,
    pub purpose: Purpose,
    /// Which names a front proxy needs, where the flag is about these; or why it is not known.
    pub allowed_names: Option<Result<AllowedNames, Reason>>,
    /// In the file's order; or why there are none, in one sentence.
    pub certificates: Result<Vec<Certificate>, String>,
}

/// What a flag's certificates are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// Their holders' clients are users.
    TrustsUsers,
    /// Their holders' clients are front proxies.
    TrustsFrontProxies,
    /// The server shows it to others.
    Presents,
    /// The server signs with it.
    SignsWith,
    /// The server verifies something else with it: kubelets, etcd.
    Trusts,
}

impl Setup {
    /// Of every file of certificates that is given.
    pub fn trust(&self) -> Trust {
        let mut held = Vec::new();
        let bundles =
            [(&self.client_ca, Purpose::TrustsUsers), (&self.requestheader_client_ca, Purpose::TrustsFrontProxies)];
        for (file, purpose) in bundles {
            held.extend(of(file, purpose, |bundle| bundle.certificates().cloned().collect()));
        }
        for file in std::iter::once(&self.proxy_client).chain(self.neighbours()) {
            held.extend(of(file, purpose_of(file.flag.name), CertificateFile::sent));
        }
        for file in &self.signing_cas {
            held.extend(of(file, Purpose::SignsWith, CertificateFile::sent));
        }
        for bundle in held.iter_mut().filter(|held| held.purpose == Purpose::TrustsFrontProxies) {
            bundle.allowed_names = Some(self.allowed_names());
        }
        let is_same_file = is_same_file((self, &self.client_ca.flag), (self, &self.requestheader_client_ca.flag));
        let beside = self.cas_beside.iter().map(|ca| ca.value.clone()).collect();
        Trust { held, is_same_file, beside, is_open: self.invocation.open.is_some() }
    }
}

impl Trust {
    /// What is held for this purpose, where there is something and it is known.
    pub fn certificates(&self, purpose: Purpose) -> Option<&[Certificate]> {
        let held = self.held.iter().find(|held| held.purpose == purpose)?;
        held.certificates.as_deref().ok()
    }
}

/// `None`: the flag is not given.
fn of<T>(file: &FileFlag<T>, purpose: Purpose, certificates: impl Fn(&T) -> Vec<Certificate>) -> Option<Held> {
    let certificates = match &file.state {
        FileState::NotGiven => return None,
        FileState::Loaded(contents) => Ok(certificates(contents)),
        FileState::Unusable(unusable) => Err(unusable.message.clone()),
        FileState::NotLooked(why) => Err(format!("could not be looked at: {why}")),
    };
    let path = file.flag.as_written().to_owned();
    Some(Held { flag: file.flag.name, path, purpose, allowed_names: None, certificates })
}

/// What the server does with the certificate of a flag that is none of the two doors'.
fn purpose_of(flag: &str) -> Purpose {
    match flag {
        "etcd-cafile" | "kubelet-certificate-authority" | "root-ca-file" | "service-account-key-file" => {
            Purpose::Trusts
        }
        _ => Purpose::Presents,
    }
}
