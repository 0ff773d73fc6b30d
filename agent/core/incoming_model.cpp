// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/core/model_cache.h"

#include "agent/core/settings.h"
#include "shared/base/limits.h"
#include "shared/base/unique_fd.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <set>
#include <system_error>

namespace vitfleet::agent {
namespace {

namespace fs = std::filesystem;

bool isBareName(const std::string& name)
{
    return !name.empty() && name.size() <= 255 && name != "." && name != ".." &&
           name.find_first_of(std::string_view("/\\\0", 3)) == std::string::npos;
}

Error ioError(const fs::path& path, int errorNumber)
{
    return {ErrorCode::NodeIo, path.string() + ": " + std::generic_category().message(errorNumber)};
}

} // namespace

Result<void> checkModelFiles(std::span<const protocol::ModelFile> files)
{
    if (files.size() > bounds::modelFiles)
        return Error{ErrorCode::Protocol, "a model of more than " + std::to_string(bounds::modelFiles) + " files"};
    std::set<std::string_view> names;
    std::uint64_t total = 0;
    for (const auto& file : files) {
        if (!isBareName(file.name))
            return Error{ErrorCode::Protocol, "a model file that is no bare name: " + file.name};
        if (!names.insert(file.name).second)
            return Error{ErrorCode::Protocol, "two model files of one name: " + file.name};
        if (file.bytes > limits::maxModelBytes - total)
            return Error{ErrorCode::ModelTooLarge, "more than " + std::to_string(limits::maxModelBytes) + " bytes"};
        total += file.bytes;
    }
    return {};
}

struct IncomingModel::Writing
{
    UniqueFd fd;
    digest::Sha256Stream hash;
};

IncomingModel::IncomingModel(fs::path cache, fs::path folder, std::vector<protocol::ModelFile> files)
    : m_cache(std::move(cache)), m_folder(std::move(folder)), m_files(std::move(files))
{
}

IncomingModel::~IncomingModel()
{
    std::error_code ignored;
    if (!m_folder.empty())
        fs::remove_all(m_folder, ignored);
}

Result<std::unique_ptr<IncomingModel>> IncomingModel::create(const fs::path& cache,
                                                             std::vector<protocol::ModelFile> files)
{
    if (auto checked = checkModelFiles(files); !checked.ok())
        return checked.error();
    std::error_code error;
    const fs::path folder = cache / (incomingPrefix + digest::randomHex(8));
    fs::create_directories(folder, error);
    if (error)
        return ioError(folder, error.value());
    fs::permissions(folder, fs::perms::owner_all, error);
    std::unique_ptr<IncomingModel> incoming(new IncomingModel(cache, folder, std::move(files)));
    for (const auto& file : incoming->m_files) {
        const fs::path path = folder / file.name;
        UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
        if (!fd)
            return ioError(path, errno);
        incoming->m_writing.push_back({std::move(fd), digest::Sha256Stream()});
    }
    return incoming;
}

Result<void> IncomingModel::append(std::uint32_t file, std::span<const std::byte> piece)
{
    Writing& writing = m_writing.at(file);
    writing.hash.add(piece);
    while (!piece.empty()) {
        const auto written = ::write(writing.fd.get(), piece.data(), piece.size());
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return ioError(m_folder / m_files[file].name, errno);
        piece = piece.subspan(static_cast<std::size_t>(written));
    }
    return {};
}

Result<LocatedModel> IncomingModel::finish()
{
    for (std::size_t i = 0; i < m_files.size(); ++i) {
        const auto hash = m_writing[i].hash.finish();
        if (hash != m_files[i].sha256) {
            return Error{ErrorCode::ModelMismatch, m_files[i].name + ": asked for " + digest::toHex(m_files[i].sha256) +
                                                       ", received " + digest::toHex(hash)};
        }
        if (::fsync(m_writing[i].fd.get()) != 0)
            return ioError(m_folder / m_files[i].name, errno);
        m_writing[i].fd.reset();
    }
    const protocol::Sha256 digest = digestOf(m_files);
    const fs::path target = m_cache / digest::toHex(digest);
    std::error_code error;
    fs::rename(m_folder, target, error);
    std::error_code ignored;
    if (error && !fs::is_directory(target, ignored)) // another agent with this cache may have been quicker
        return ioError(target, error.value());
    if (!error)
        m_folder.clear();

    LocatedModel located{target, digest, {}};
    for (const auto& file : m_files) {
        const auto stamp = stampOf(target / file.name);
        if (!stamp || stamp->bytes != file.bytes)
            return ioError(target / file.name, ENOENT);
        located.files.emplace_back(target / file.name, *stamp);
    }
    return located;
}

} // namespace vitfleet::agent
