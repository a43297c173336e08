//! What kube-controller-manager ends with beside the flags that all components share: its signing CAs and service
//! account keys (`cmd/kube-controller-manager/app/certificates.go`, `service_accounts.go`).

use super::Start;
use super::refusal::{Refusal, RefusalKind};
use crate::kubernetes::{Component, KubernetesVersion};
use crate::model::{CertificateFile, FileFlag, FileState, KeyFile, UnusableKind};
use crate::source::Provenance;
use crate::source::formats::layouts::KUBEADM;
use crate::text::{Located, Origin};
use crate::x509::PublicKeyAlgorithm;
use crate::x509::quote::quoted;

/// The flags of one signer.
struct Signer {
    /// As `CSRSigningControllerOptions.Validate` calls it, which does not follow the flags.
    called: &'static str,
    certificate: &'static str,
    key: &'static str,
    /// The controller that ends with the pair.
    controller: &'static str,
}

const EVERY_SIGNER: Signer = Signer {
    called: "",
    certificate: "cluster-signing-cert-file",
    key: "cluster-signing-key-file",
    // All four read the pair; this one is the first.
    controller: "kubernetes.io/kubelet-serving",
};

const SIGNERS: [Signer; 4] = [
    Signer {
        called: "cluster-signing-kubelet-serving",
        certificate: "cluster-signing-kubelet-serving-cert-file",
        key: "cluster-signing-kubelet-serving-key-file",
        controller: "kubernetes.io/kubelet-serving",
    },
    Signer {
        called: "cluster-signing-kube-apiserver-client",
        certificate: "cluster-signing-kubelet-client-cert-file",
        key: "cluster-signing-kubelet-client-key-file",
        controller: "kubernetes.io/kube-apiserver-client-kubelet",
    },
    Signer {
        called: "cluster-signing-kube-apiserver",
        certificate: "cluster-signing-kube-apiserver-client-cert-file",
        key: "cluster-signing-kube-apiserver-client-key-file",
        controller: "kubernetes.io/kube-apiserver-client",
    },
    Signer {
        called: "cluster-signing-legacy-unknown",
        certificate: "cluster-signing-legacy-unknown-cert-file",
        key: "cluster-signing-legacy-unknown-key-file",
        controller: "kubernetes.io/legacy-unknown",
    },
];

/// Where the CA's key is not on the node, kubeadm leaves both flags empty (cmd/kubeadm/app/phases/controlplane/manifests.go,
/// `getControllerManagerCommand`; `UsingExternalCA` of phases/certs).
fn is_kept_elsewhere(key: &FileFlag<KeyFile>) -> bool {
    let provenance = key.flag.setting().given().map(|given| given.provenance);
    let is_missing = matches!(&key.state, FileState::Unusable(unusable) if unusable.kind == UnusableKind::Missing);
    is_missing && provenance == Some(Provenance::DefaultOf(KUBEADM.tool))
}

fn find<'a, T>(files: &'a [FileFlag<T>], flag: &str) -> Option<&'a FileFlag<T>> {
    files.iter().find(|file| file.flag.name == flag)
}

impl Start<'_> {
    fn signing_flag(&self, flag: &str) -> Option<&Origin> {
        let certificate = find(&self.setup.signing_cas, flag).map(|file| &file.flag);
        let flag = certificate.or_else(|| find(&self.setup.signing_keys, flag).map(|file| &file.flag))?;
        flag.origin().filter(|_| flag.is_path_given())
    }

    /// `CSRSigningControllerOptions.Validate`.
    pub(super) fn signing_flags(&self) -> Vec<Located<String>> {
        if self.setup.invocation.component != Component::KubeControllerManager {
            return Vec::new();
        }
        let mut errors = Vec::new();
        let whole = self.setup.options.fragment.is_none();
        for Signer { called, certificate, key, .. } in SIGNERS.iter().filter(|_| whole) {
            let (what, origin) = match (self.signing_flag(certificate), self.signing_flag(key)) {
                (None, Some(origin)) => ("key without cert", origin),
                (Some(origin), None) => ("cert without key", origin),
                _ => continue,
            };
            errors.push(Located::new(format!("{}: cannot specify {what}", quoted(called)), origin.clone()));
        }
        let specific = SIGNERS.iter().flat_map(|signer| [signer.certificate, signer.key]);
        let specific = specific.filter_map(|flag| self.signing_flag(flag)).next();
        let general = self.signing_flag(EVERY_SIGNER.certificate).or_else(|| self.signing_flag(EVERY_SIGNER.key));
        if let (Some(_), Some(origin)) = (general, specific) {
            let message = "cannot specify --cluster-signing-{cert,key}-file and other --cluster-signing-*-file flags at \
                           the same time";
            errors.push(Located::new(message.to_owned(), origin.clone()));
        }
        errors
    }

    /// The controllers that cannot be started; the process ends with the first.
    pub(super) fn controllers(&mut self) -> Option<Refusal> {
        if self.setup.invocation.component != Component::KubeControllerManager {
            return None;
        }
        let specific = SIGNERS.iter().any(|signer| self.signing_flag(signer.certificate).is_some());
        let signers: &[Signer] = if specific { &SIGNERS } else { &[EVERY_SIGNER] };
        signers.iter().find_map(|signer| self.signer(signer)).or_else(|| self.service_account_tokens())
    }

    /// `newCAProvider` of `pkg/controller/certificates/signer/ca_provider.go`.
    fn signer(&mut self, signer: &Signer) -> Option<Refusal> {
        let setup = self.setup;
        let certificate = find(&setup.signing_cas, signer.certificate)?;
        let key = find(&setup.signing_keys, signer.key)?;
        let verb = if self.version < KubernetesVersion::BUILDS_CONTROLLERS { "start" } else { "init" };
        let message = |path: &str, why: &str| {
            let controller = signer.controller;
            format!(
                "failed to {verb} {controller} certificate controller: error reading CA cert file {}: {why}",
                quoted(path)
            )
        };
        match (&certificate.state, &key.state) {
            // One without the other signs nothing.
            (FileState::NotGiven, _) | (_, FileState::NotGiven) => None,
            _ if is_kept_elsewhere(key) => None,
            (FileState::Unusable(unusable), _) => {
                Some(Refusal::of_file(unusable, message(&unusable.path, &unusable.message)))
            }
            (_, FileState::Unusable(unusable)) => {
                let path = certificate.loaded().map_or(unusable.path.as_str(), |file| file.path.as_str());
                Some(Refusal::of_file(unusable, message(path, &unusable.message)))
            }
            (FileState::Loaded(certificate), FileState::Loaded(key)) => pair(certificate, key)
                .map(|(why, origin)| Refusal::new(message(&certificate.path, &why), &origin, RefusalKind::Other)),
            (certificate, key) => {
                self.assume(certificate);
                self.assume(key);
                None
            }
        }
    }

    /// The key, then `--root-ca-file`, are read by the controller that signs the tokens: client-go's `keyutil` takes the
    /// first key among the blocks of the file, and has one message for a file without any.
    fn service_account_tokens(&mut self) -> Option<Refusal> {
        let setup = self.setup;
        let private_key = &setup.service_account_private_key;
        let key = &private_key.state;
        if let FileState::Unusable(unusable) = key {
            let why = if unusable.kind.cannot_be_read() {
                unusable.message.clone()
            } else {
                let path = &unusable.path;
                format!("error reading private key file {path}: data does not contain a valid RSA or ECDSA private key")
            };
            let message = format!("error reading key for service account token controller: {why}");
            return Some(Refusal::of_file(unusable, message));
        }
        if matches!(key, FileState::NotGiven) {
            return None;
        }
        self.assume(key);
        self.root_ca().or_else(|| token_generator(private_key.loaded()?))
    }

    fn root_ca(&self) -> Option<Refusal> {
        let FileState::Unusable(unusable) = &self.setup.neighbour("root-ca-file")?.state else { return None };
        let why = if unusable.kind.cannot_be_read() {
            unusable.message.as_str()
        } else {
            "data does not contain any valid RSA or ECDSA certificates"
        };
        Some(Refusal::of_file(unusable, format!("error parsing root-ca-file at {}: {why}", unusable.path)))
    }

    pub(super) fn assume<T>(&mut self, state: &FileState<T>) {
        if let FileState::NotLooked(why) = state
            && !why.cause().is_partial()
        {
            let origin = why.origin().unwrap_or(&self.setup.invocation.origin).clone();
            self.assumptions.push(Located::new(why.to_string(), origin));
        }
    }
}

/// `JWTTokenGenerator` of pkg/serviceaccount.
fn token_generator(key: &KeyFile) -> Option<Refusal> {
    let why = match key.key.algorithm() {
        PublicKeyAlgorithm::Ed25519 => {
            "unknown private key type ed25519.PrivateKey, must be *rsa.PrivateKey, *ecdsa.PrivateKey, or \
             jose.OpaqueSigner"
        }
        PublicKeyAlgorithm::EcdsaP224 => {
            "could not generate signer for ECDSA keypair: unknown private key curve, must be 256, 384, or 521"
        }
        _ => return None,
    };
    Some(Refusal::new(format!("failed to build token generator: {why}"), &key.origin, RefusalKind::Other))
}

fn pair(certificate: &CertificateFile, key: &KeyFile) -> Option<(String, Origin)> {
    if let Some(mismatch) = key.key.mismatch(&certificate.leaf.value) {
        return Some((mismatch.to_owned(), key.origin.clone()));
    }
    let count = 1 + certificate.rest.len() + certificate.broken.len();
    (count != 1).then(|| (format!("expected 1 certificate, found {count}"), certificate.origin.clone()))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;
    use crate::model::testing::{Authority, invocation};
    use crate::model::{Lookup, Setup, Startup, start};
    use crate::source::input::Reach;

    /// What the newest version ends with; empty: it starts.
    fn refusal(arguments: &[&str]) -> String {
        refusal_of(KubernetesVersion::NEWEST, arguments)
    }

    fn refusal_of(version: KubernetesVersion, arguments: &[&str]) -> String {
        let at = |directory: &Path| Lookup { root: Some(directory.into()), certain: true, ..Lookup::default() };
        refusal_at(version, arguments, &at)
    }

    fn refusal_at(version: KubernetesVersion, arguments: &[&str], at: &dyn Fn(&Path) -> Lookup) -> String {
        let (ca, other) = (Authority::new("ca"), Authority::new("other"));
        let directory = tempfile::tempdir().unwrap();
        for (name, content) in [
            ("ca.crt", ca.pem()),
            ("ca.key", ca.key_pem()),
            ("other.key", other.key_pem()),
            ("two.crt", ca.pem() + &other.pem()),
            ("text", "text".to_owned()),
            ("template", "{{ config.get('key') }}\n".to_owned()),
        ] {
            fs::write(directory.path().join(name), content).unwrap();
        }
        let lookup = at(directory.path());
        let mut manager = invocation(arguments);
        manager.component = Component::KubeControllerManager;
        manager.format = crate::source::InputFormat::Manifest;
        match start(&Setup::load(manager, &lookup), version) {
            Startup::Starts { .. } => String::new(),
            Startup::Refuses(refusal) => refusal.message,
            Startup::Unknown(why) => panic!("{why:?}"),
        }
    }

    #[test]
    fn signing_pairs_are_read_at_the_start() {
        const WHO: &str =
            "failed to init kubernetes.io/kubelet-serving certificate controller: error reading CA cert file";
        for (certificate, key, why) in [
            ("ca.crt", "ca.key", String::new()),
            ("nope", "ca.key", format!("{WHO} \"nope\": open nope: no such file or directory")),
            ("text", "ca.key", format!("{WHO} \"text\": tls: failed to find any PEM data in certificate input")),
            ("ca.crt", "text", format!("{WHO} \"ca.crt\": tls: failed to find any PEM data in key input")),
            ("ca.crt", "other.key", format!("{WHO} \"ca.crt\": tls: private key does not match public key")),
            ("two.crt", "ca.key", format!("{WHO} \"two.crt\": expected 1 certificate, found 2")),
        ] {
            let flags =
                [format!("--cluster-signing-cert-file={certificate}"), format!("--cluster-signing-key-file={key}")];
            assert_eq!(refusal(&flags.each_ref().map(String::as_str)), why);
        }
    }

    /// Where another key was seen, those that are not there lack for the controller manager, too; of a copied node keys are
    /// left out.
    #[test]
    fn a_key_that_is_not_there_ends_it_where_others_are() {
        let at = |directory: &Path| Lookup {
            beside: Some(directory.into()),
            reach: Reach::Host,
            certain: true,
            ..Lookup::default()
        };
        let refusal = |arguments: &[&str]| {
            assert_eq!(refusal_of(KubernetesVersion::NEWEST, arguments), "", "a copy");
            refusal_at(KubernetesVersion::NEWEST, arguments, &at)
        };
        let pair = ["--cluster-signing-cert-file=ca.crt", "--cluster-signing-key-file=gone.key"];
        assert_eq!(refusal(&pair), "");
        let message = refusal(&[&pair[..], &["--service-account-private-key-file=other.key"]].concat());
        assert!(message.ends_with("\"ca.crt\": open gone.key: no such file or directory"), "{message}");
        let pair = ["--cluster-signing-cert-file=ca.crt", "--cluster-signing-key-file=ca.key"];
        let message = refusal(&[&pair[..], &["--service-account-private-key-file=gone.key"]].concat());
        assert!(message.ends_with("controller: open gone.key: no such file or directory"), "{message}");
    }

    #[test]
    fn before_controllers_were_made_ahead_the_failure_was_one_to_start() {
        let version = KubernetesVersion { major: 1, minor: 34 };
        let refusal = refusal_of(version, &["--cluster-signing-cert-file=nope", "--cluster-signing-key-file=ca.key"]);
        assert!(
            refusal.starts_with("failed to start kubernetes.io/kubelet-serving certificate controller"),
            "{refusal}"
        );
    }

    #[test]
    fn one_pair_for_all_signers_and_one_for_one_of_them_exclude_each_other() {
        let general = ["--cluster-signing-cert-file=ca.crt", "--cluster-signing-key-file=ca.key"];
        let kubelet = "--cluster-signing-kubelet-client-cert-file=ca.crt";
        let alone = refusal(&[kubelet]);
        assert_eq!(alone, "\"cluster-signing-kube-apiserver-client\": cannot specify cert without key");
        let both = refusal(&[&general[..], &[kubelet, "--cluster-signing-kubelet-client-key-file=ca.key"]].concat());
        assert!(both.contains("at the same time"), "{both}");
        assert_eq!(refusal(&["--cluster-signing-cert-file=nope"]), "");
    }

    #[test]
    fn service_account_keys_are_read_at_the_start() {
        assert_eq!(refusal(&["--root-ca-file=nope"]), "");
        let key = "--service-account-private-key-file=ca.key";
        assert_eq!(
            refusal(&[key, "--root-ca-file=nope"]),
            "error parsing root-ca-file at nope: open nope: no such file or directory"
        );
        assert_eq!(refusal(&["--service-account-private-key-file=template"]), "");
        for path in ["text", "ca.crt"] {
            assert_eq!(
                refusal(&[&format!("--service-account-private-key-file={path}")]),
                format!(
                    "error reading key for service account token controller: error reading private key file {path}: data \
                     does not contain a valid RSA or ECDSA private key"
                )
            );
        }
    }
}
