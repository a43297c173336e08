//! A file of objects that is there, held against what is asked for: nothing is said to be there that is not, and nothing of
//! somebody else's is moved away.

use anyhow::bail;
use serde_json::Value;
use zeroize::Zeroizing;

use super::ExtensionArguments;
use crate::pki::Layout as _;
use crate::pki::serving::ServingFile;
use crate::source::values;
use crate::text::{SourceFile, printable};

/// A file that is not as it would be made.
pub(super) struct Standing<'a> {
    pub arguments: &'a ExtensionArguments,
    pub file: ServingFile,
    pub there: &'a [u8],
    /// Without a key.
    pub wanted: &'a [u8],
}

impl Standing<'_> {
    /// Refuses a file that `stays` and does not hold what it is to hold, and one that would be made anew and is of something
    /// else.
    pub(super) fn refuse(&self, stays: bool) -> anyhow::Result<()> {
        let wanted = self.objects(self.wanted).unwrap_or_default();
        let (there, broken) = match self.objects(self.there) {
            Ok(there) => (there, None),
            Err(why) => (Vec::new(), Some(why)),
        };
        let named = there.iter().map(called).collect::<Vec<_>>();
        let lacking = wanted.iter().map(called).filter(|name| !named.contains(name)).collect::<Vec<_>>();
        let is_of_another = !named.is_empty() && !wanted.is_empty() && lacking.len() == wanted.len();
        if (stays && !lacking.is_empty()) || is_of_another {
            let holds = match broken {
                Some(why) => format!("it does not parse: {why}"),
                None if named.is_empty() => "it holds no object".to_owned(),
                None => format!("it holds {}", named.join(", ")),
            };
            bail!(
                "{}: {} is to be in it, and {holds}\nhelp: {}",
                self.path(),
                lacking.join(", "),
                self.remedy("give the options with which it was made")
            );
        }
        if stays { self.refuse_contradiction_of(&there) } else { Ok(()) }
    }

    /// Refuses options that a file contradicts which nothing is made in the place of.
    pub(super) fn refuse_contradiction(&self) -> anyhow::Result<()> {
        self.refuse_contradiction_of(&self.objects(self.there).unwrap_or_default())
    }

    fn refuse_contradiction_of(&self, there: &[Value]) -> anyhow::Result<()> {
        match self.contradiction(there) {
            Some((flag, what)) => bail!(
                "{}: {flag} is asked for, and {what}\nhelp: {}",
                self.path(),
                self.remedy("leave the option as it was")
            ),
            None => Ok(()),
        }
    }

    fn path(&self) -> String {
        self.arguments.directory().join(self.file.name()).display().to_string()
    }

    fn remedy(&self, otherwise: &str) -> String {
        format!(
            "{otherwise}, or move {} away to have it made anew; --force makes everything anew, the CA too",
            self.file.name()
        )
    }

    /// Without the data of a Secret: a key is read into no memory that is not wiped.
    fn objects(&self, text: &[u8]) -> Result<Vec<Value>, String> {
        let text = Zeroizing::new(String::from_utf8_lossy(text).into_owned());
        let mut plain = String::with_capacity(text.len());
        let mut is_data = false;
        for line in text.lines() {
            if !line.starts_with(char::is_whitespace) {
                is_data = line.starts_with("data:") || line.starts_with("stringData:");
            }
            if !is_data || self.file != ServingFile::Secret {
                plain.push_str(line);
                plain.push('\n');
            }
        }
        values(&SourceFile::new(self.file.name(), plain))
            .map_err(|error| printable::line(&error.to_string()).into_owned())
    }

    /// An option that was given, and what the file says instead.
    fn contradiction(&self, there: &[Value]) -> Option<(String, String)> {
        let extension = self.arguments.extension();
        let of_kind = |kind: &'static str| there.iter().filter(move |object| object["kind"] == kind);
        let pods = || of_kind("Deployment").map(|object| &object["spec"]["template"]);
        let mut contradictions = Vec::new();
        let mut compare = |flag: &str, is_given: bool, wanted: &str, found: Vec<String>| {
            if is_given && !found.is_empty() && !found.iter().any(|found| found == wanted) {
                contradictions.push((format!("--{flag} {wanted}"), format!("it has {}", found.join(", "))));
            }
        };
        let account = pods().filter_map(|pod| text(&pod["spec"]["serviceAccountName"])).collect();
        compare("service-account", self.arguments.service_account.is_some(), &extension.service_account, account);
        let volumes = pods().flat_map(|pod| items(&pod["spec"]["volumes"]));
        let certificates = of_kind("Certificate").map(|object| &object["spec"]);
        let secrets = volumes.map(|volume| &volume["secret"]).chain(certificates);
        let secrets = secrets.filter_map(|secret| text(&secret["secretName"])).collect();
        compare("secret", self.arguments.secret.is_some(), &extension.secret, secrets);
        let labels = pods().map(|pod| &pod["metadata"]["labels"]);
        let labels = of_kind("Service").map(|object| &object["spec"]["selector"]).chain(labels);
        let labels = labels.filter_map(Value::as_object).flatten();
        let labels = labels.filter_map(|(key, value)| Some(format!("{key}={}", text(value)?))).collect();
        let (key, value) = &extension.selector;
        compare("selector", self.arguments.selector.is_some(), &format!("{key}={value}"), labels);
        let ports = of_kind("Service").flat_map(|object| items(&object["spec"]["ports"]));
        let ports = ports.filter_map(|port| text(&port["targetPort"])).filter(|port| port.parse::<u16>().is_ok());
        let ports = ports.chain(flags(pods(), "--secure-port=")).collect();
        compare("port", self.arguments.port.is_some(), &extension.port.to_string(), ports);
        let directories = flags(pods(), "--tls-cert-file=").map(|path| match path.rsplit_once('/') {
            Some((directory, _)) => directory.to_owned(),
            None => path,
        });
        let wanted = extension.tls_directory.trim_end_matches('/');
        compare("tls-dir", self.arguments.tls_dir.is_some(), wanted, directories.collect());
        contradictions.into_iter().next()
    }
}

/// `Service monitoring/metrics`
fn called(object: &Value) -> String {
    let part = |value: &Value| value.as_str().map(|text| printable::line(text).into_owned());
    let kind = part(&object["kind"]).unwrap_or_else(|| "something without a kind".to_owned());
    let name = part(&object["metadata"]["name"]).unwrap_or_default();
    match part(&object["metadata"]["namespace"]) {
        Some(namespace) => format!("{kind} {namespace}/{name}"),
        None => format!("{kind} {name}").trim_end().to_owned(),
    }
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(|text| printable::line(text).into_owned())
}

fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

/// The values of a flag in the arguments of Pods.
fn flags<'a>(pods: impl Iterator<Item = &'a Value>, prefix: &'static str) -> impl Iterator<Item = String> {
    let containers = pods.flat_map(|pod| items(&pod["spec"]["containers"]));
    let arguments = containers.flat_map(|container| items(&container["command"]).chain(items(&container["args"])));
    arguments.filter_map(move |argument| text(argument)?.strip_prefix(prefix).map(str::to_owned))
}
