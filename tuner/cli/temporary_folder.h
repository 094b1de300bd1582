// A folder that is removed together with its object.
#ifndef DIAPASON_TUNER_CLI_TEMPORARY_FOLDER_H_
#define DIAPASON_TUNER_CLI_TEMPORARY_FOLDER_H_

#include <string>

namespace diapason::tuner {

// A new folder in the system's folder for temporary files (TMPDIR). It is removed with all of its files.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();

  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::string& path() const { return path_; }  // empty if it could not be created

 private:
  std::string path_;
};

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_CLI_TEMPORARY_FOLDER_H_
