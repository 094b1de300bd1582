// Generates certificates for tests of mutual TLS.
#ifndef DIAPASON_TESTS_TRACKER_CERTIFICATES_H_
#define DIAPASON_TESTS_TRACKER_CERTIFICATES_H_

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <string>

#include "proto/rpc/credentials.h"

namespace diapason {

// A certificate authority. It writes its certificate, and those that it signs, to files in a folder.
// Aborts if OpenSSL fails.
class TestAuthority {
 public:
  explicit TestAuthority(std::string folder) : folder_(std::move(folder)), key_(NewKey()) {
    certificate_ = Sign("authority", "", key_, nullptr);
    WriteCertificate("ca", certificate_);
  }
  ~TestAuthority() {
    X509_free(certificate_);
    EVP_PKEY_free(key_);
  }

  // Makes a certificate for localhost with the organizational unit `unit`.
  TlsOptions Issue(const std::string& name, const std::string& unit) {
    EVP_PKEY* key = NewKey();
    X509* certificate = Sign(name, unit, key, certificate_);
    WriteCertificate(name, certificate);
    FILE* file = std::fopen(Path(name + ".key").c_str(), "w");
    PEM_write_PrivateKey(file, key, nullptr, nullptr, 0, nullptr, nullptr);
    std::fclose(file);
    X509_free(certificate);
    EVP_PKEY_free(key);
    return {Path(name + ".pem"), Path(name + ".key"), Path("ca.pem")};
  }

 private:
  static EVP_PKEY* NewKey() { return EVP_EC_gen("P-256"); }
  std::string Path(const std::string& name) const { return folder_ + "/" + name; }

  void WriteCertificate(const std::string& name, X509* certificate) const {
    FILE* file = std::fopen(Path(name + ".pem").c_str(), "w");
    PEM_write_X509(file, certificate);
    std::fclose(file);
  }

  // Makes a self-signed certificate if `issuer` is null.
  X509* Sign(const std::string& name, const std::string& unit, EVP_PKEY* key, X509* issuer) {
    X509* certificate = X509_new();
    X509_set_version(certificate, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), ++serial_);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -60);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    X509_set_pubkey(certificate, key);
    X509_NAME* subject = X509_get_subject_name(certificate);
    const auto add = [&](const char* field, const std::string& value) {
      X509_NAME_add_entry_by_txt(subject, field, MBSTRING_UTF8,
                                 reinterpret_cast<const unsigned char*>(value.c_str()), -1, -1, 0);
    };
    add("CN", name);
    if (!unit.empty()) add("OU", unit);
    X509_set_issuer_name(certificate, issuer == nullptr ? subject : X509_get_subject_name(issuer));
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer == nullptr ? certificate : issuer, certificate, nullptr, nullptr, 0);
    const auto extend = [&](int nid, const char* value) {
      X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value);
      X509_add_ext(certificate, extension, -1);
      X509_EXTENSION_free(extension);
    };
    extend(NID_basic_constraints, issuer == nullptr ? "critical,CA:TRUE" : "CA:FALSE");
    extend(NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1");
    X509_sign(certificate, key_, EVP_sha256());
    return certificate;
  }

  const std::string folder_;
  EVP_PKEY* const key_;
  X509* certificate_ = nullptr;
  int serial_ = 0;
};

}  // namespace diapason

#endif  // DIAPASON_TESTS_TRACKER_CERTIFICATES_H_
