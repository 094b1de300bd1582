#include "tuner/compile/sketch_intake.h"

#include <filesystem>
#include <fstream>
#include <sstream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "compiler/space/schedule_space.h"
#include "compiler/space/sketch_library.h"
#include "proto/base/status_macros.h"
#include "tuner/compile/user_text.h"

namespace diapason::tuner {
namespace {

absl::Status CheckFits(const v1::Sketch& sketch, const std::vector<v1::JobTask>& tasks,
                       const v1::Target& target) {
  absl::Status last = absl::InvalidArgumentError("there is no task to check it against");
  for (const v1::JobTask& task : tasks) {
    last = compiler::space::ScheduleSpace::Create(task.workload().text(), {sketch}, target).status();
    if (last.ok()) return last;
  }
  return last;
}

absl::StatusOr<v1::Sketch> ReadSketch(const std::string& path, const Installation& installation,
                                      const std::vector<v1::JobTask>& tasks, const v1::Target& target) {
  std::ifstream file(path);
  if (!file) return absl::NotFoundError(absl::StrCat("cannot read the sketch file ", path));
  std::stringstream text;
  text << file.rdbuf();
  auto sketch = compiler::space::CompleteSketch(std::filesystem::path(path).stem().string(), text.str(),
                                                installation.sketches);
  if (!sketch.ok()) return WithContext(sketch.status(), path);
  const absl::Status fits = CheckFits(*sketch, tasks, target);
  if (!fits.ok())
    return absl::InvalidArgumentError(
        absl::StrCat(path, " has no legal schedule for any of the tasks: ", fits.message()));
  return sketch;
}

}  // namespace

absl::StatusOr<std::vector<v1::Sketch>> ReadSketches(const std::vector<std::string>& paths,
                                                     const Installation& installation,
                                                     const std::vector<v1::JobTask>& tasks,
                                                     const v1::Target& target) {
  std::vector<v1::Sketch> sketches;
  for (const std::string& path : paths) {
    const auto read = [&] { return ReadSketch(path, installation, tasks, target); };
    DIAPASON_RETURN_IF_ERROR(TryToRead(path, [&] { return read().status(); }));
    DIAPASON_ASSIGN_OR_RETURN(v1::Sketch sketch, read());
    sketches.push_back(std::move(sketch));
  }
  return sketches;
}

}  // namespace diapason::tuner
