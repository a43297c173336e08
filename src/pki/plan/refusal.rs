//! Why `init` and `renew` do nothing, and what to do then.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::pki::contents::ContentsError;
use crate::pki::{CLUSTER_CA, Misfit, PkiFile};
use crate::text::shell_word;
use crate::x509::CaMisfit;

/// Why nothing is done. `Display` says what is wrong and, on lines that begin with `help: `, what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    pub directory: PathBuf,
    pub reason: Reason,
}

impl std::error::Error for Refusal {}

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// A file is there that cannot be read or does not parse.
    Unusable { file: PkiFile, why: ContentsError },
    /// One half of a pair is there, the other is not.
    HalfOfAPair { there: PkiFile, missing: PkiFile },
    /// A client, or a part of it, without the CA that it needs.
    ClientWithoutCa { there: PkiFile },
    /// There is neither a CA nor a client.
    NothingToRenew,
    /// The certificate is not for this key.
    PairDoesNotMatch { certificate: PathBuf, key: PathBuf },
    /// The CA cannot sign clients that anybody would accept.
    CaUnfit { certificate: PathBuf, why: CaMisfit },
    /// The directory has another CA than the one that is given.
    OtherCa { given: PathBuf },
    /// The directory has a CA's key that is not of the CA that is given.
    OtherCaKey { given: PathBuf },
    /// The CA is the cluster's CA, too.
    IsClusterCa { certificate: PathBuf, cluster_ca: PathBuf, same: Same },
    /// It cannot be told whether it is.
    ClusterCaUnusable { why: ContentsError },
    /// The client is there, but it does not work.
    ClientUnfit(Misfit),
}

/// What two CAs have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Same {
    Certificate,
    Key,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.problem())?;
        self.remedies().iter().try_for_each(|remedy| write!(f, "\nhelp: {remedy}"))
    }
}

impl Refusal {
    fn problem(&self) -> String {
        use PkiFile::{CaCertificate, CaKey, ClientCertificate, ClientKey};
        match &self.reason {
            Reason::Unusable { file, why } => format!("{}: {why}", self.path(*file)),
            Reason::HalfOfAPair { there, missing } => format!("{} is there, but {missing} is not", self.path(*there)),
            Reason::ClientWithoutCa { there } => format!("{} is there, but {CaCertificate} is not", self.path(*there)),
            Reason::NothingToRenew => format!("{} has no front-proxy client yet", self.directory.display()),
            Reason::PairDoesNotMatch { certificate, key } => {
                format!("{} is not the key of {}", key.display(), certificate.display())
            }
            Reason::CaUnfit { certificate, why } => format!("{}: {why}", certificate.display()),
            Reason::OtherCa { given } => format!("{} is another CA than {}", self.path(CaCertificate), given.display()),
            Reason::OtherCaKey { given } => format!("{} is not the key of {}", self.path(CaKey), given.display()),
            Reason::IsClusterCa { certificate, cluster_ca, same } => {
                let what = match same {
                    Same::Certificate => "is the cluster's own CA, too: it is in",
                    Same::Key => "has the key of the cluster's own CA,",
                };
                format!("{} {what} {}", certificate.display(), cluster_ca.display())
            }
            Reason::ClusterCaUnusable { why } => format!("{}: {why}", self.directory.join(CLUSTER_CA).display()),
            Reason::ClientUnfit(Misfit::OtherKey) => {
                format!("{} is not the key of {ClientCertificate}", self.path(ClientKey))
            }
            Reason::ClientUnfit(misfit) => format!("{}: {misfit}", self.path(ClientCertificate)),
        }
    }

    fn remedies(&self) -> Vec<String> {
        let directory = shell_word(&self.directory.display().to_string());
        // `renew` refuses as `init` does, and has no such option.
        let by_force = format!("`aggcert init {directory} --force`");
        let anew = || {
            format!(
                "or, where no server uses what is there, make all anew with {by_force}; it is kept under \
                 dated names"
            )
        };
        let renew = format!(
            "issue a new client from the CA that is there with `aggcert renew {directory}`; the old files are kept"
        );
        match &self.reason {
            Reason::Unusable { why, .. } => vec![why.remedy().to_owned(), anew()],
            Reason::HalfOfAPair { there, missing } => self.other_half(*there, *missing, &renew, anew()),
            Reason::ClientWithoutCa { .. } => vec![
                "put the CA back that issued it, or name it with --ca-cert and --ca-key".to_owned(),
                self.in_its_own_directory(),
                anew(),
            ],
            Reason::NothingToRenew => vec![format!("make it with `aggcert init {directory}`")],
            Reason::PairDoesNotMatch { key, .. } if self.is_ours(key) => {
                vec!["put the right key or the right certificate back".to_owned(), anew()]
            }
            Reason::PairDoesNotMatch { .. } => vec!["give the key of the certificate with --ca-key".to_owned()],
            Reason::CaUnfit { why: CaMisfit::NotYetValid(_), .. } => {
                vec!["look at the clock of this machine, or wait until the CA is valid".to_owned()]
            }
            Reason::CaUnfit { certificate, why } if self.is_ours(certificate) => another_ca(why, &directory, anew()),
            Reason::CaUnfit { .. } => {
                vec!["give another CA with --ca-cert and --ca-key, or let init make one".to_owned()]
            }
            Reason::OtherCa { .. } => of_the_one_there("put the given one in its place", &by_force),
            Reason::OtherCaKey { .. } => of_the_one_there("move its key away", &by_force),
            Reason::IsClusterCa { certificate, .. } => a_ca_of_its_own(self.is_ours(certificate).then_some(&by_force)),
            Reason::ClusterCaUnusable { why } => vec![
                "init reads it to make sure that the front proxy's CA is not the cluster's".to_owned(),
                format!("{}, or name the cluster's CA with --client-ca-file", why.remedy()),
            ],
            Reason::ClientUnfit(_) => vec![renew],
        }
    }

    fn in_its_own_directory(&self) -> String {
        let beside = shell_word(&self.directory.join("front-proxy").display().to_string());
        format!(
            "or make all in a directory of its own with `aggcert init {beside}` where servers use this client: they load \
             what takes its place at once, and nobody trusts that yet"
        )
    }

    /// How to come by the half of a pair that is missing.
    fn other_half(&self, there: PkiFile, missing: PkiFile, renew: &str, anew: String) -> Vec<String> {
        let put_back = format!("put {missing} back");
        match there {
            PkiFile::CaCertificate => {
                let key = self.path(PkiFile::CaKey);
                let request = shell_word(&self.directory.display().to_string());
                vec![
                    format!("put its key back as {key}, or say where it is kept with --ca-cert and --ca-key"),
                    format!("or have a request signed where the key is: `aggcert request {request}`"),
                    format!(
                        "or, where the key is lost, replace the CA, beginning with `aggcert rotate start {request}`"
                    ),
                    anew,
                ]
            }
            PkiFile::ClientCertificate | PkiFile::ClientKey => vec![put_back, format!("or {renew}")],
            _ => vec![put_back, anew],
        }
    }

    fn path(&self, file: PkiFile) -> String {
        self.directory.join(file.name()).display().to_string()
    }

    fn is_ours(&self, path: &Path) -> bool {
        path.parent() == Some(&self.directory)
    }
}

fn another_ca(why: &CaMisfit, directory: &str, anew: String) -> Vec<String> {
    match why {
        // Each node would make a CA of its own with `init --force`.
        CaMisfit::Expired(_) => vec![format!(
            "nothing works with it any more, so that another takes its place at once: `aggcert rotate start {directory} \
             --at-once --accept-outage`, with the directories of all control-plane nodes; then bring the files to all of \
             them. What is there is kept under dated names"
        )],
        _ => vec!["put another front-proxy CA there, with its key".to_owned(), anew],
    }
}

fn of_the_one_there(otherwise: &str, by_force: &str) -> Vec<String> {
    vec![
        "leave --ca-cert and --ca-key out to issue from the CA that is there".to_owned(),
        format!(
            "or {otherwise} with {by_force} and the same --ca-cert and --ca-key; what is there is kept under dated names"
        ),
    ]
}

fn a_ca_of_its_own(here: Option<&String>) -> Vec<String> {
    let here = here.map(|by_force| format!(", or here with {by_force}")).unwrap_or_default();
    vec![
        "whoever gets a certificate from the cluster's CA, for example through a CertificateSigningRequest, could then \
         claim to be any user"
            .to_owned(),
        format!("give the front proxy a CA of its own: init makes one in an empty directory{here}"),
    ]
}
