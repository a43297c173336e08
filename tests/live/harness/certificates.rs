//! Certificates that do not come from the crate under test.

use std::path::{Path, PathBuf};

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};

use super::process::write;

/// A CA, and where its files are: `<name>.crt` and `<name>.key`.
pub(crate) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    directory: PathBuf,
    pub certificate: PathBuf,
    pub key: PathBuf,
}

/// A certificate with what is sent after it, and its key; both are PEM files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Client {
    pub certificate: PathBuf,
    pub key: PathBuf,
}

impl Authority {
    /// A CA of its own.
    pub(crate) fn new(directory: &Path, name: &str) -> Self {
        Self::changed(directory, name, |_| ())
    }

    /// One that is not as it should be.
    pub(crate) fn changed(directory: &Path, name: &str, change: fn(&mut CertificateParams)) -> Self {
        let key = KeyPair::generate().unwrap();
        let mut parameters = Self::parameters(name);
        change(&mut parameters);
        let certificate = write(directory, &format!("{name}.crt"), parameters.self_signed(&key).unwrap().pem());
        Self::with(directory, name, certificate, parameters, key)
    }

    /// The CA whose files are `<name>.crt` and `<name>.key` in a directory.
    pub(crate) fn load(directory: &Path, name: &str) -> Self {
        let [certificate, key] = ["crt", "key"].map(|extension| directory.join(format!("{name}.{extension}")));
        let read = |path: &Path| std::fs::read_to_string(path).unwrap();
        let pair = KeyPair::from_pem(&read(&key)).unwrap();
        let issuer = Issuer::from_ca_cert_pem(&read(&certificate), pair).unwrap();
        Self { issuer, directory: directory.to_owned(), certificate, key }
    }

    /// A CA below this one.
    pub(crate) fn intermediate(&self, name: &str) -> Self {
        let key = KeyPair::generate().unwrap();
        let parameters = Self::parameters(name);
        let pem = parameters.signed_by(&key, &self.issuer).unwrap().pem();
        let certificate = write(&self.directory, &format!("{name}.crt"), pem);
        Self::with(&self.directory, name, certificate, parameters, key)
    }

    /// Another certificate of the same key, with another name.
    pub(crate) fn renamed(&self, name: &str) -> Self {
        let key = KeyPair::from_pem(&std::fs::read_to_string(&self.key).unwrap()).unwrap();
        let parameters = Self::parameters(name);
        let certificate = write(&self.directory, &format!("{name}.crt"), parameters.self_signed(&key).unwrap().pem());
        Self::with(&self.directory, name, certificate, parameters, key)
    }

    /// Another certificate of the same key and name, in `<name>-reissued.crt`.
    pub(crate) fn reissued(&self) -> PathBuf {
        let name = self.certificate.file_stem().unwrap().to_string_lossy().into_owned();
        let pem = Self::parameters(&name).self_signed(self.issuer.key()).unwrap().pem();
        write(&self.directory, &format!("{name}-reissued.crt"), pem)
    }

    fn with(directory: &Path, name: &str, certificate: PathBuf, parameters: CertificateParams, key: KeyPair) -> Self {
        let key_file = write(directory, &format!("{name}.key"), key.serialize_pem());
        let issuer = Issuer::new(parameters, key);
        Self { issuer, directory: directory.to_owned(), certificate, key: key_file }
    }

    fn parameters(name: &str) -> CertificateParams {
        let mut parameters = named(name, &[]);
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        parameters.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
        parameters
    }

    /// A client's certificate with this common name and these organisations, which Kubernetes takes for groups.
    pub(crate) fn client(&self, common_name: &str, organisations: &[&str]) -> Client {
        let mut parameters = named(common_name, organisations);
        parameters.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        self.issue(&format!("{}-client", file_name(common_name)), &parameters)
    }

    /// A server's certificate for these names and addresses.
    pub(crate) fn server(&self, common_name: &str, names: &[&str]) -> Client {
        let mut parameters = named(common_name, &[]);
        let names = names.iter().map(|name| (*name).to_owned()).collect::<Vec<String>>();
        parameters.subject_alt_names = CertificateParams::new(names).unwrap().subject_alt_names;
        parameters.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        self.issue(&format!("{}-server", file_name(common_name)), &parameters)
    }

    /// A certificate of any other kind. Its files begin with the name of the CA.
    pub(crate) fn issue(&self, name: &str, parameters: &CertificateParams) -> Client {
        let key = KeyPair::generate().unwrap();
        let pem = parameters.signed_by(&key, &self.issuer).unwrap().pem();
        let authority = self.certificate.file_stem().unwrap().to_string_lossy();
        Client {
            certificate: write(&self.directory, &format!("{authority}-{name}.crt"), pem),
            key: write(&self.directory, &format!("{authority}-{name}.key"), key.serialize_pem()),
        }
    }
}

impl Client {
    /// The name of the certificate's file.
    pub(crate) fn file_name(&self) -> String {
        self.certificate.file_name().unwrap().to_string_lossy().into_owned()
    }

    /// The same client, which sends another certificate after its own.
    pub(crate) fn sending(&self, other: &Path) -> Self {
        let together = [&self.certificate, other].map(|path: &Path| std::fs::read(path).unwrap()).concat();
        let certificate = self.certificate.with_extension("chain.crt");
        std::fs::write(&certificate, together).unwrap();
        Self { certificate, key: self.key.clone() }
    }
}

fn named(common_name: &str, organisations: &[&str]) -> CertificateParams {
    let mut parameters = CertificateParams::default();
    parameters.distinguished_name = DistinguishedName::new();
    parameters.distinguished_name.push(DnType::CommonName, common_name);
    for organisation in organisations {
        parameters.distinguished_name.push(DnType::OrganizationName, *organisation);
    }
    parameters
}

fn file_name(common_name: &str) -> String {
    common_name.replace([':', '/', ' '], "-")
}
