#include "proto/rpc/credentials.h"

#include <arpa/inet.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <algorithm>
#include <fstream>
#include <sstream>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "grpc/grpc_security_constants.h"
#include "proto/base/status_macros.h"

namespace diapason {
namespace {

struct TlsTexts {
  std::string cert;
  std::string key;
  std::string ca;
};

absl::StatusOr<std::string> ReadPem(const std::string& path) {
  std::stringstream text;
  std::ifstream file(path);
  text << file.rdbuf();
  if (!file || text.str().empty())
    return absl::NotFoundError(
        absl::StrCat("cannot read the PEM file ", path, "; check the path and the permissions"));
  return text.str();
}

absl::StatusOr<TlsTexts> ReadAll(const TlsOptions& files) {
  if (files.insecure)
    return absl::InvalidArgumentError("--insecure and --cert, --key and --ca exclude each other");
  if (files.cert.empty() || files.key.empty() || files.ca.empty()) {
    return absl::InvalidArgumentError(
        "--cert, --key and --ca must be given together: give all three, or none of them");
  }
  TlsTexts texts;
  DIAPASON_ASSIGN_OR_RETURN(texts.cert, ReadPem(files.cert));
  DIAPASON_ASSIGN_OR_RETURN(texts.key, ReadPem(files.key));
  DIAPASON_ASSIGN_OR_RETURN(texts.ca, ReadPem(files.ca));
  return texts;
}

const char* NameOf(Role role) {
  switch (role) {
    case Role::kAgent:
      return "agent";
    case Role::kUser:
      return "user";
    case Role::kAdmin:
      return "admin";
  }
  return "";
}

// What the subject of a certificate says.
struct Subject {
  std::string common_name;         // the first; empty if there is none
  std::vector<std::string> units;  // the organizational units
};

std::vector<std::string> EntriesOf(X509_NAME* subject, int nid) {
  std::vector<std::string> entries;
  for (int i = -1; (i = X509_NAME_get_index_by_NID(subject, nid, i)) >= 0;) {
    unsigned char* text = nullptr;
    const int size = ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, i)));
    if (size < 0) continue;
    entries.emplace_back(reinterpret_cast<const char*>(text), static_cast<size_t>(size));
    OPENSSL_free(text);
  }
  return entries;
}

// Returns an empty subject if the certificate cannot be read.
Subject SubjectOf(absl::string_view pem) {
  Subject subject;
  BIO* bio = BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
  X509* certificate = PEM_read_bio_X509(bio, nullptr, nullptr, nullptr);
  BIO_free(bio);
  if (certificate == nullptr) return subject;
  X509_NAME* name = X509_get_subject_name(certificate);
  subject.units = EntriesOf(name, NID_organizationalUnitName);
  for (const std::string& common_name : EntriesOf(name, NID_commonName)) {
    if (subject.common_name.empty()) subject.common_name = common_name;
  }
  X509_free(certificate);
  return subject;
}

}  // namespace

absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> ServerCredentials(const TlsOptions& files) {
  if (!files.given()) return grpc::InsecureServerCredentials();
  DIAPASON_ASSIGN_OR_RETURN(TlsTexts texts, ReadAll(files));
  grpc::SslServerCredentialsOptions options(GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  options.pem_root_certs = texts.ca;
  options.pem_key_cert_pairs.push_back({texts.key, texts.cert});
  return grpc::SslServerCredentials(options);
}

absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> ChannelCredentials(const TlsOptions& files) {
  if (!files.given()) return grpc::InsecureChannelCredentials();
  DIAPASON_ASSIGN_OR_RETURN(TlsTexts texts, ReadAll(files));
  grpc::SslCredentialsOptions options;
  options.pem_root_certs = texts.ca;
  options.pem_private_key = texts.key;
  options.pem_cert_chain = texts.cert;
  return grpc::SslCredentials(options);
}

bool IsLoopback(absl::string_view address) {
  if (absl::StartsWith(address, "unix:")) return true;
  const std::string host(address.substr(0, address.rfind(':')));
  if (host == "localhost" || host == "[::1]") return true;
  in_addr ip;
  return inet_pton(AF_INET, host.c_str(), &ip) == 1 && (ntohl(ip.s_addr) >> 24) == 127;
}

absl::Status CheckProtection(const TlsOptions& tls, absl::string_view address, absl::string_view action) {
  if (tls.given() || tls.insecure || IsLoopback(address)) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      action, " ", address,
      " without certificates: give --cert, --key and --ca, or use an address of this machine such as "
      "127.0.0.1. With --insecure, everybody on the network can read, change and forge what is sent"));
}

absl::StatusOr<Caller> CallerOf(const grpc::AuthContext& peer, std::initializer_list<Role> allowed) {
  const std::vector<grpc::string_ref> pem = peer.FindPropertyValues(GRPC_X509_PEM_CERT_PROPERTY_NAME);
  if (!pem.empty()) return CallerOfCertificate(absl::string_view(pem[0].data(), pem[0].size()), allowed);
  if (!peer.IsPeerAuthenticated()) return Caller();
  return absl::PermissionDeniedError("the other side sent no certificate; give it --cert, --key and --ca");
}

absl::StatusOr<Caller> CallerOfCertificate(absl::string_view pem, std::initializer_list<Role> allowed) {
  const Subject subject = SubjectOf(pem);
  std::vector<std::string> names;
  for (Role role : allowed) names.push_back(NameOf(role));
  names.push_back(NameOf(Role::kAdmin));
  const auto has = [](const std::vector<std::string>& texts, const std::string& text) {
    return std::find(texts.begin(), texts.end(), text) != texts.end();
  };
  const bool may = std::any_of(subject.units.begin(), subject.units.end(),
                               [&](const std::string& unit) { return has(names, unit); });
  if (!may) {
    return absl::PermissionDeniedError(
        absl::StrCat("the certificate has the organizational unit (OU) \"", absl::StrJoin(subject.units, ","),
                     "\", but this call needs one of: ", absl::StrJoin(names, ", ")));
  }
  if (subject.common_name.empty()) {
    return absl::PermissionDeniedError(
        "the certificate has no common name (CN), which says who its holder is; issue one with a CN");
  }
  return Caller{subject.common_name, has(subject.units, NameOf(Role::kAdmin))};
}

}  // namespace diapason
