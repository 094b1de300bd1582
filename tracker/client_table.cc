#include "tracker/client_table.h"

namespace diapason::tracker {

bool ClientTable::RecordCall(const std::string& client_id, const std::string& owner, absl::Duration now) {
  const auto [entry, is_new] = clients_.try_emplace(client_id);
  if (is_new) entry->second.owner = owner;
  entry->second.last_seen = now;
  return is_new;
}

Client* ClientTable::Find(absl::string_view client_id) {
  const auto found = clients_.find(client_id);
  return found == clients_.end() ? nullptr : &found->second;
}

bool ClientTable::AssignOwner(const std::string& client_id, TrackedTrial& trial) {
  if (trial.client_id == client_id) return false;
  RemoveTrial(trial);
  trial.client_id = client_id;
  trial.delivered = false;
  share_.Enter(client_id);
  clients_.find(client_id)->second.trials.insert(trial.id());
  if (trial.state == TrialState::kFinished) MarkFinished(trial);
  return true;
}

void ClientTable::MarkFinished(const TrackedTrial& trial) {
  clients_.find(trial.client_id)->second.finished.insert(trial.id());
}

void ClientTable::RemoveTrial(const TrackedTrial& trial) {
  Client* owner = Find(trial.client_id);
  if (owner == nullptr) return;  // the trial is new
  owner->trials.erase(trial.id());
  owner->finished.erase(trial.id());
  if (owner->trials.empty()) share_.Leave(trial.client_id);
}

void ClientTable::Remove(absl::string_view client_id) {
  const auto found = clients_.find(client_id);
  if (found != clients_.end()) clients_.erase(found);
}

}  // namespace diapason::tracker
