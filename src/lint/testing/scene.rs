//! An extension API server with all that it needs, as objects in one file that a test changes.

use super::{Cluster, Issued, NOW};
use crate::lint::engine::ask;
use crate::lint::run::{Inventory, Reading};
use crate::lint::{Context, Outcome, Rule};
use time::Duration;

pub(crate) const DEPLOYMENT: &str = "Deployment";
pub(crate) const SERVICE: &str = "Service";
pub(crate) const API_SERVICE: &str = "APIService";
pub(crate) const SECRET: &str = "Secret";
/// That of [`Scene::config_map`].
pub(crate) const CONFIG_MAP: &str = "ConfigMap";
/// The Certificates of [`Scene::cert_manager`].
pub(crate) const SERVING: &str = "serving";
pub(crate) const AUTHORITY: &str = "authority";
pub(crate) const READER_BINDING: &str = "reader";
pub(crate) const DELEGATOR_BINDING: &str = "delegator";

/// Documents of one file.
#[derive(Debug, Clone)]
pub(crate) struct Scene {
    documents: Vec<(&'static str, String)>,
    is_kustomized: bool,
}

impl Scene {
    /// Nothing is wrong with it.
    pub(crate) fn new() -> Self {
        let ca = Issued::ca("wardle-ca");
        let certificate = server_certificate(&ca, |_| {});
        Self::serving(&certificate, &ca)
    }

    /// With this serving certificate, and this CA as caBundle.
    pub(crate) fn serving(certificate: &Issued, ca: &Issued) -> Self {
        let documents = [
            (DEPLOYMENT, DEPLOYMENT_TEXT.to_owned()),
            (SERVICE, SERVICE_TEXT.to_owned()),
            (API_SERVICE, API_SERVICE_TEXT.replace("CA_BUNDLE", &ca.base64())),
            (
                SECRET,
                SECRET_TEXT.replace("CERTIFICATE", &certificate.base64()).replace("KEY", &certificate.key_base64()),
            ),
            (READER_BINDING, READER_TEXT.to_owned()),
            (DELEGATOR_BINDING, DELEGATOR_TEXT.to_owned()),
        ];
        Self { documents: documents.into(), is_kustomized: false }
    }

    /// Another flag of the server.
    pub(crate) fn flag(self, flag: &str) -> Self {
        self.change(DEPLOYMENT, "        volumeMounts:", &format!("        - '{flag}'\n        volumeMounts:"))
    }

    /// Takes a flag of the server away.
    pub(crate) fn without_flag(self, flag: &str) -> Self {
        let line = format!("        - {flag}\n");
        self.change(DEPLOYMENT, &line, "")
    }

    /// A ConfigMap with this CA as `ca.crt`, mounted in `/ca`.
    pub(crate) fn ca_volume(self, ca: &Issued) -> Self {
        let pem = indented(&ca.pem);
        let mount = "        volumeMounts:\n        - {name: ca, mountPath: /ca}\n";
        let volume = "      volumes:\n      - {name: ca, configMap: {name: front-proxy-ca}}\n";
        self.change(DEPLOYMENT, "        volumeMounts:\n", mount).change(DEPLOYMENT, "      volumes:\n", volume).add(
            &format!(
                "kind: ConfigMap\napiVersion: v1\nmetadata: {{name: front-proxy-ca, namespace: wardle}}\ndata:\n  \
                 ca.crt: |\n{pem}"
            ),
        )
    }

    /// What Pods verify kube-apiserver with.
    pub(crate) fn root_ca(self, ca: &Issued) -> Self {
        self.add(&format!(
            "kind: ConfigMap\napiVersion: v1\nmetadata: {{name: kube-root-ca.crt, namespace: wardle}}\ndata:\n  ca.crt: |\n{}",
            indented(&ca.pem)
        ))
    }

    /// The ConfigMap of a cluster beside it.
    pub(crate) fn config_map(mut self, cluster: &Cluster) -> Self {
        let text = format!(
            "kind: ConfigMap\napiVersion: v1\nmetadata:\n  name: extension-apiserver-authentication\n  namespace: \
             kube-system\ndata:\n  requestheader-allowed-names: '[\"front-proxy-client\"]'\n  \
             requestheader-username-headers: '[\"X-Remote-User\"]'\n  requestheader-group-headers: \
             '[\"X-Remote-Group\"]'\n  client-ca-file: |\n{}  requestheader-client-ca-file: |\n{}",
            indented(&cluster.client_ca.pem),
            indented(&cluster.front_proxy_ca.pem)
        );
        self.documents.push((CONFIG_MAP, text));
        self
    }

    /// Another private key in the Secret, as it is written there.
    pub(crate) fn key(self, key: &str) -> Self {
        let text = self.text_of(SECRET);
        let line = text.lines().find(|line| line.contains("tls.key:")).unwrap();
        self.change(SECRET, line, &format!("  tls.key: {key}"))
    }

    pub(crate) fn text_of(&self, document: &str) -> String {
        self.documents.iter().find(|(name, _)| *name == document).unwrap().1.clone()
    }

    /// Replaces text that stands in one of the documents.
    pub(crate) fn change(mut self, document: &str, from: &str, to: &str) -> Self {
        let (_, text) = self.documents.iter_mut().find(|(name, _)| *name == document).unwrap();
        assert!(text.contains(from), "{document} has no {from:?}:\n{text}");
        *text = text.replace(from, to);
        self
    }

    /// With a serving certificate that cert-manager is asked for, and a caBundle that is filled in from `source`. The
    /// Secrets are not here.
    pub(crate) fn cert_manager(source: &str) -> Self {
        let scene = Self::new().without(SECRET);
        let text = scene.text_of(API_SERVICE);
        let bundle = text.lines().find(|line| line.contains("caBundle")).unwrap();
        let annotation = format!("metadata:\n  annotations: {{{source}}}\n");
        let scene = scene.change(API_SERVICE, bundle, "").change(API_SERVICE, "metadata:\n", &annotation);
        let documents = [(SERVING, SERVING_TEXT), (AUTHORITY, AUTHORITY_TEXT), ("issuers", ISSUERS_TEXT)];
        documents.into_iter().fold(scene, |mut scene, (name, text)| {
            scene.documents.push((name, text.to_owned()));
            scene
        })
    }

    pub(crate) fn without(mut self, document: &str) -> Self {
        self.documents.retain(|(name, _)| *name != document);
        self
    }

    /// Beside a kustomization.
    pub(crate) fn kustomized(self) -> Self {
        Self { is_kustomized: true, ..self }
    }

    pub(crate) fn add(mut self, document: &str) -> Self {
        self.documents.push(("", document.to_owned()));
        self
    }

    /// The same server once more, with the certificate of another Secret.
    pub(crate) fn second_server(self, secret: &str) -> Self {
        let (name, secret) = ("name: wardle-second", format!("secretName: {secret}"));
        self.add(&DEPLOYMENT_TEXT.replace("name: wardle-server", name).replace("secretName: serving", &secret))
    }

    /// What a rule says of the first thing here that it looks at.
    pub(crate) fn check(&self, rule: &Rule) -> Outcome {
        let texts: Vec<&str> = self.documents.iter().map(|(_, text)| text.as_str()).collect();
        let text = texts.join("---\n");
        let mut inventory = Inventory::default();
        inventory.add_stream(text.as_bytes(), &Reading::default());
        inventory.relate();
        if self.is_kustomized {
            inventory.objects.know_kustomization();
        }
        assert!(inventory.failures.is_empty(), "{:?}\n{text}", inventory.failures);
        let (neighbours, objects) = (inventory.neighbours(&[]), &inventory.objects);
        let outcome = inventory.targets().into_iter().find_map(|target| {
            let beside = neighbours.of(&target);
            ask(rule, target, &Context::new(beside, objects, NOW, Duration::days(30)))
        });
        outcome.unwrap_or_else(|| panic!("{} looks at nothing of\n{text}", rule.id))
    }
}

fn indented(pem: &str) -> String {
    pem.lines().map(|line| format!("    {line}\n")).collect()
}

/// A certificate for the Service, after its parameters were changed.
pub(crate) fn server_certificate(ca: &Issued, change: impl FnOnce(&mut rcgen::CertificateParams)) -> Issued {
    ca.client_with("api", |params| {
        let name = |name: &str| rcgen::SanType::DnsName(name.to_owned().try_into().unwrap());
        params.subject_alt_names = vec![name("api"), name("api.wardle"), name("api.wardle.svc")];
        params.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::ServerAuth];
        change(params);
    })
}

const DEPLOYMENT_TEXT: &str = "\
kind: Deployment
apiVersion: apps/v1
metadata:
  name: wardle-server
  namespace: wardle
spec:
  selector:
    matchLabels: {app: wardle}
  template:
    metadata:
      labels: {app: wardle}
    spec:
      serviceAccountName: apiserver
      containers:
      - name: server
        image: sample-apiserver:1.37
        ports:
        - {name: https, containerPort: 8443}
        args:
        - --secure-port=8443
        - --tls-cert-file=/tls/tls.crt
        - --tls-private-key-file=/tls/tls.key
        volumeMounts:
        - {name: tls, mountPath: /tls}
      volumes:
      - name: tls
        secret: {secretName: serving}
";

const SERVICE_TEXT: &str = "\
kind: Service
apiVersion: v1
metadata:
  name: api
  namespace: wardle
spec:
  selector: {app: wardle}
  ports:
  - port: 443
    targetPort: https
";

const API_SERVICE_TEXT: &str = "\
kind: APIService
apiVersion: apiregistration.k8s.io/v1
metadata:
  name: v1alpha1.wardle.example.com
spec:
  group: wardle.example.com
  version: v1alpha1
  groupPriorityMinimum: 1000
  versionPriority: 15
  service:
    name: api
    namespace: wardle
  caBundle: CA_BUNDLE
";

const SECRET_TEXT: &str = "\
kind: Secret
apiVersion: v1
metadata:
  name: serving
  namespace: wardle
type: kubernetes.io/tls
data:
  tls.crt: CERTIFICATE
  tls.key: KEY
";

const READER_TEXT: &str = "\
kind: RoleBinding
apiVersion: rbac.authorization.k8s.io/v1
metadata:
  name: wardle-auth-reader
  namespace: kube-system
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: Role
  name: extension-apiserver-authentication-reader
subjects:
- kind: ServiceAccount
  name: apiserver
  namespace: wardle
";

const DELEGATOR_TEXT: &str = "\
kind: ClusterRoleBinding
apiVersion: rbac.authorization.k8s.io/v1
metadata:
  name: wardle:system:auth-delegator
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: system:auth-delegator
subjects:
- kind: ServiceAccount
  name: apiserver
  namespace: wardle
";

const SERVING_TEXT: &str = "\
kind: Certificate
apiVersion: cert-manager.io/v1
metadata:
  name: api
  namespace: wardle
spec:
  secretName: serving
  dnsNames: [api, api.wardle.svc]
  usages: [digital signature, server auth]
  issuerRef: {kind: Issuer, name: ca}
";

const AUTHORITY_TEXT: &str = "\
kind: Certificate
apiVersion: cert-manager.io/v1
metadata:
  name: api-ca
  namespace: wardle
spec:
  isCA: true
  secretName: api-ca
  commonName: api-ca
  issuerRef: {name: self-signed}
";

const ISSUERS_TEXT: &str = "\
kind: Issuer
apiVersion: cert-manager.io/v1
metadata: {name: self-signed, namespace: wardle}
spec: {selfSigned: {}}
---
kind: Issuer
apiVersion: cert-manager.io/v1
metadata: {name: ca, namespace: wardle}
spec: {ca: {secretName: api-ca}}
";
