//! A directory for an extension API server, and time as an argument.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use aggcert::cli::{self, Exit};
use aggcert::pki::contents::certificates;
use aggcert::x509::path::verify_server;
use aggcert::x509::{Certificate, CertificatePool, host_name};
use base64::Engine as _;
use serde_json::Value;
use tempfile::TempDir;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use time::macros::datetime;

/// When the first run of most tests takes place.
pub(crate) const BEGIN: OffsetDateTime = datetime!(2026-11-25 12:00 UTC);

pub(crate) const HOST: &str = "metrics.monitoring.svc";

/// `metrics` below a directory that goes away at the end. It is not there at first.
pub(crate) struct Directory {
    temporary: TempDir,
}

/// How a run ended, and what it said.
#[derive(Debug)]
pub(crate) struct Said {
    pub exit: Exit,
    pub out: String,
    pub err: String,
}

impl Directory {
    pub(crate) fn new() -> Self {
        Self { temporary: tempfile::tempdir().unwrap() }
    }

    /// With everything in it, a Deployment too.
    pub(crate) fn made(arguments: &[&str]) -> Self {
        let directory = Self::new();
        let said = directory.extension(&[&["--image", "registry.example.com/metrics:1"], arguments].concat(), BEGIN);
        assert_eq!(said.exit, Exit::Done, "{said:?}");
        directory
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.temporary.path().join("metrics")
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.path().join(name)
    }

    pub(crate) fn text(&self, name: &str) -> String {
        fs::read_to_string(self.file(name)).unwrap()
    }

    /// A name behind which others are allowed stands for a part of the file's text.
    pub(crate) fn edit(&self, name: &str, from: &str, to: &str) {
        let text = self.text(name);
        assert!(text.contains(from), "{name} has no {from}:\n{text}");
        fs::write(self.file(name), text.replacen(from, to, 1)).unwrap();
    }

    /// `aggcert extension v1beta1.metrics.k8s.io DIR --namespace monitoring --service metrics …`
    pub(crate) fn extension(&self, arguments: &[&str], now: OffsetDateTime) -> Said {
        let path = self.path();
        let first = ["extension", "v1beta1.metrics.k8s.io", path.to_str().unwrap()];
        let fixed = ["--namespace", "monitoring", "--service", "metrics"];
        aggcert(&[&first[..], &fixed, arguments].concat(), now)
    }

    /// The same as JSON, of a run that succeeds.
    pub(crate) fn done(&self, arguments: &[&str], now: OffsetDateTime) -> Value {
        let said = self.extension(&[arguments, &["--format", "json"]].concat(), now);
        assert_eq!(said.exit, Exit::Done, "{said:?}");
        serde_json::from_str(&said.out).unwrap()
    }

    /// What is said of a run that does nothing.
    pub(crate) fn refused(&self, arguments: &[&str], now: OffsetDateTime) -> String {
        let before = self.snapshot();
        let said = self.extension(arguments, now);
        assert_eq!((said.exit, said.out.as_str()), (Exit::Failed, ""), "{said:?}");
        assert!(said.err.contains("\nhelp: "), "{}", said.err);
        assert_eq!(self.snapshot(), before, "something has changed");
        said.err
    }

    /// Names and contents of all files.
    pub(crate) fn snapshot(&self) -> BTreeMap<String, Vec<u8>> {
        let Ok(entries) = fs::read_dir(self.path()) else { return BTreeMap::new() };
        let entries = entries.map(|entry| entry.unwrap());
        entries
            .map(|entry| (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap_or_default()))
            .collect()
    }

    pub(crate) fn bundle(&self) -> Vec<Certificate> {
        certificates(&fs::read(self.file("serving-ca.crt")).unwrap()).unwrap()
    }

    /// What the Secret holds.
    pub(crate) fn served(&self) -> Certificate {
        certificates(&self.data("tls.crt")).unwrap().remove(0)
    }

    /// An entry of the Secret.
    pub(crate) fn data(&self, key: &str) -> Vec<u8> {
        let secret: Value = serde_saphyr::from_str(&self.text("secret.yaml")).unwrap();
        assert_eq!(secret["type"], "kubernetes.io/tls");
        base64(secret["data"][key].as_str().unwrap())
    }

    /// What the APIService trusts.
    pub(crate) fn trusted(&self) -> Vec<Certificate> {
        let api_services: Vec<Value> = serde_saphyr::from_multiple(&self.text("apiservice.yaml")).unwrap();
        let api_service = &api_services[0];
        certificates(&base64(api_service["spec"]["caBundle"].as_str().unwrap())).unwrap()
    }

    pub(crate) fn openssl(&self, arguments: &[&str]) -> Output {
        Command::new("openssl").current_dir(self.path()).args(arguments).output().unwrap()
    }

    /// The outcome of each rule on what is in the directory, with all that it says; several targets may have one.
    pub(crate) fn outcomes(&self, now: OffsetDateTime) -> Vec<(String, String, Value)> {
        let path = self.path();
        let at = now.format(&Rfc3339).unwrap();
        let said =
            aggcert(&["check", path.to_str().unwrap(), "--format", "json", "--expiry-warning", "1h", "--at", &at], now);
        assert_ne!(said.exit, Exit::Usage, "{said:?}");
        let report: Value = serde_json::from_str(&said.out).unwrap();
        let targets = report["targets"].as_array().unwrap().iter();
        let outcomes = targets.flat_map(|target| target["outcomes"].as_array().unwrap().clone());
        let text = |outcome: &Value, key: &str| outcome[key].as_str().unwrap().to_owned();
        outcomes.map(|outcome| (text(&outcome, "rule"), text(&outcome, "outcome"), outcome)).collect()
    }

    /// Fails unless `check` finds nothing and could decide everything.
    pub(crate) fn assert_clean(&self, now: OffsetDateTime) {
        let outcomes = self.outcomes(now);
        assert!(outcomes.len() > 15, "only {} rules were asked", outcomes.len());
        for (rule, outcome, details) in outcomes {
            assert!(matches!(outcome.as_str(), "pass" | "not-applicable"), "{rule}: {details:#}");
        }
    }
}

pub(crate) fn aggcert(arguments: &[&str], now: OffsetDateTime) -> Said {
    let arguments = ["aggcert"].iter().chain(arguments).map(OsString::from);
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let exit = cli::run(arguments, now, &mut out, &mut err);
    Said { exit, out: String::from_utf8(out).unwrap(), err: String::from_utf8(err).unwrap() }
}

/// As kube-apiserver does it, but for the proxying: chain and host name.
pub(crate) fn accepts(trusted: &[Certificate], served: &Certificate, now: OffsetDateTime) -> bool {
    let roots = CertificatePool::new(trusted.iter().cloned());
    verify_server(served, &roots, &CertificatePool::new([]), now).is_ok() && host_name::verify(served, HOST).is_ok()
}

pub(crate) fn succeeded(output: &Output) -> String {
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout.clone()).unwrap()
}

pub(crate) fn names(path: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(path).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn base64(text: &str) -> Vec<u8> {
    base64::engine::general_purpose::STANDARD.decode(text).unwrap()
}
