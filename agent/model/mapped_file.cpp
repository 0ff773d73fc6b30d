// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/model/mapped_file.h"

#include "shared/base/unique_fd.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <string>
#include <sys/mman.h>
#include <sys/stat.h>

namespace vitfleet {
namespace {

std::string withErrno(const std::filesystem::path& file)
{
    return file.string() + ": " + std::strerror(errno);
}

} // namespace

Result<MappedFile> MappedFile::open(const std::filesystem::path& file, std::size_t maxBytes)
{
    // Non-blocking, so that a FIFO in the place of the weights cannot hold the agent.
    const UniqueFd fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!fd)
        return {errno == ENOENT ? ErrorCode::ModelMissing : ErrorCode::ModelWeights, withErrno(file)};
    struct stat status
    {
    };
    if (::fstat(fd.get(), &status) != 0)
        return {ErrorCode::ModelWeights, withErrno(file)};
    if (!S_ISREG(status.st_mode))
        return {ErrorCode::ModelWeights, file.string() + " is not a regular file"};
    const auto bytes = static_cast<std::size_t>(status.st_size);
    if (bytes > maxBytes)
        return {ErrorCode::ModelTooLarge,
                file.string() + " has " + std::to_string(bytes) + " bytes, the limit is " + std::to_string(maxBytes)};
    if (bytes == 0)
        return {ErrorCode::ModelWeights, file.string() + " is empty"};
    void* data = ::mmap(nullptr, bytes, PROT_READ, MAP_PRIVATE, fd.get(), 0);
    if (data == MAP_FAILED)
        return {ErrorCode::ModelWeights, withErrno(file)};
    // Only advice: everything is read once from front to back, by the check for values that are not finite.
    (void)::madvise(data, bytes, MADV_SEQUENTIAL);
    (void)::madvise(data, bytes, MADV_WILLNEED);
    return MappedFile(static_cast<const std::byte*>(data), bytes);
}

MappedFile::~MappedFile()
{
    if (m_data != nullptr)
        ::munmap(const_cast<std::byte*>(m_data), m_bytes);
}

} // namespace vitfleet
