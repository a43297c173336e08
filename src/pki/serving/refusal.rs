//! Why nothing is done, and what to do then.

use std::fmt;
use std::path::PathBuf;

use super::{NextStep, ServingFile};
use crate::pki::contents::ContentsError;
use crate::pki::plan::CaMisfit;
use crate::x509::VerificationError;

/// Why nothing is done. `Display` says what is wrong and, on lines that begin with `help: `, what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServingRefusal {
    pub directory: PathBuf,
    pub reason: ServingReason,
}

impl std::error::Error for ServingRefusal {}

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ServingReason {
    /// A file is there that cannot be read or does not parse.
    Unusable { file: ServingFile, why: ContentsError },
    /// One file is there, and the other that it needs is not.
    Lacks { there: ServingFile, missing: ServingFile },
    /// The certificate is not for this key.
    OtherKey { certificate: ServingFile, key: ServingFile },
    /// The CA cannot sign servers that kube-apiserver would accept.
    CaUnfit(CaMisfit),
    /// The same of one whose successor is trusted already.
    OldCaUnfit(CaMisfit),
    /// kube-apiserver would not accept what is there.
    Untrusted(VerificationError),
    /// `--replace-ca` or `--next` where nothing was made yet.
    NothingThere,
    /// `--next` where no CA is being replaced.
    NothingUnderWay,
    /// `--next` with a step that was done already, or whose turn comes later: the next one is this.
    OtherStep(NextStep),
    /// cert-manager was to make the certificates, and here are some of ours, or the other way round.
    MadeOtherwise { there: ServingFile },
    /// The directory is of another server, whose API and Service are these.
    OtherServer { api: String, service: String },
}

impl fmt::Display for ServingRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.problem())?;
        self.remedies().iter().try_for_each(|remedy| write!(f, "\nhelp: {remedy}"))
    }
}

impl ServingRefusal {
    fn problem(&self) -> String {
        let path = |file: &ServingFile| self.directory.join(file.to_string()).display().to_string();
        match &self.reason {
            ServingReason::Unusable { file, why } => format!("{}: {why}", path(file)),
            ServingReason::Lacks { there, missing } => format!("{} is there, but {missing} is not", path(there)),
            ServingReason::OtherKey { certificate, key } => {
                format!("{} is not the key of {certificate}", path(key))
            }
            ServingReason::CaUnfit(why) | ServingReason::OldCaUnfit(why) => {
                format!("{}: {why}", path(&ServingFile::CaCertificate))
            }
            ServingReason::Untrusted(why) => {
                format!(
                    "{}: the CA in {} does not verify it: {why}",
                    path(&ServingFile::Certificate),
                    ServingFile::CaCertificate
                )
            }
            ServingReason::NothingThere => {
                format!("{} has no serving CA and certificate yet", self.directory.display())
            }
            ServingReason::NothingUnderWay => {
                format!("in {} no CA is being replaced, so there is no next step", self.directory.display())
            }
            ServingReason::OtherStep(NextStep::Switch) => {
                format!("in {} the certificate is still one of the old CA", self.directory.display())
            }
            ServingReason::OtherStep(NextStep::Distrust) => {
                format!("in {} the certificate is one of the new CA already", self.directory.display())
            }
            ServingReason::OtherServer { api, service } => {
                format!("{} is of another server: {api} with the Service {service}", path(&ServingFile::ApiService))
            }
            ServingReason::MadeOtherwise { there } => {
                let who = if *there == ServingFile::CertManager { "by cert-manager" } else { "here" };
                format!("{} is there: the certificates of this directory are made {who}", path(there))
            }
        }
    }

    fn remedies(&self) -> Vec<String> {
        let anew =
            "or make all anew with --force; what is there is kept under dated names, and the API is unavailable \
                    until the Pods have the new certificate"
                .to_owned();
        match &self.reason {
            ServingReason::Unusable { why, .. } => vec![why.remedy().to_owned(), anew],
            ServingReason::Lacks { there: ServingFile::CaCertificate, missing: ServingFile::CaKey } => {
                vec!["put serving-ca.key back, or say where it is kept with --ca-key".to_owned(), anew]
            }
            ServingReason::Lacks { missing, .. } => vec![format!("put {missing} back"), anew],
            ServingReason::OtherKey { .. } | ServingReason::Untrusted(_) => {
                vec!["put the right key or the right certificate back".to_owned(), anew]
            }
            ServingReason::CaUnfit(CaMisfit::Expired(_)) => {
                vec!["nothing that it signed is accepted any more: make all anew with --force".to_owned()]
            }
            ServingReason::OldCaUnfit(_) => {
                vec![
                    "the new CA is trusted already: run the same command with --next switch, which has it sign"
                        .to_owned(),
                ]
            }
            ServingReason::CaUnfit(_) => vec!["put another CA there, with its key".to_owned(), anew],
            ServingReason::NothingThere => vec!["run the same command without --replace-ca and --next".to_owned()],
            ServingReason::NothingUnderWay => vec!["begin with --replace-ca".to_owned()],
            ServingReason::OtherStep(NextStep::Switch) => {
                vec!["when the caBundle with both CAs is in the cluster, give --next switch".to_owned()]
            }
            ServingReason::OtherStep(NextStep::Distrust) => {
                vec!["when every Pod shows it, give --next distrust".to_owned()]
            }
            ServingReason::OtherServer { .. } => {
                vec!["give another directory, or make all anew with --force".to_owned()]
            }
            ServingReason::MadeOtherwise { there: ServingFile::CertManager } => {
                vec!["give --cert-manager, or another directory".to_owned()]
            }
            ServingReason::MadeOtherwise { .. } => {
                vec!["leave --cert-manager out, or give another directory".to_owned()]
            }
        }
    }
}
